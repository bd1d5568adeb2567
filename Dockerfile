# webchat in a container: the pages are built in the first stage, and the second has no Node.
#
#     docker compose up -d        (see compose.yaml and docs/hosting.md)

FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv
COPY . /source
RUN /source/deploy/install.sh /opt/webchat

FROM python:3.13-slim
RUN groupadd --system --gid 10001 webchat \
    && useradd --system --uid 10001 --gid webchat --no-create-home --home-dir /data webchat \
    && install --directory --owner=webchat --group=webchat --mode=0700 /data
COPY --from=build /opt/webchat /opt/webchat
ENV PATH=/opt/webchat/.venv/bin:$PATH \
    WEBCHAT_HOST=0.0.0.0 \
    WEBCHAT_DATA_DIR=/data \
    WEBCHAT_FIND_LOCAL_SERVERS=false
USER webchat
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/readyz', timeout=4)"]
CMD ["webchat"]
