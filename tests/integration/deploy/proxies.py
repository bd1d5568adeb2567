"""The proxies of `deploy/`, run with their own files on loopback ports."""

from __future__ import annotations

import datetime
import ipaddress
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.integration.deploy.conftest import DEPLOY, needed
from tests.running_app import free_port

_SECONDS_TO_START = 30


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine alone, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@contextmanager
def nginx(folder: Path, port: int, webchat: int, base: str, *, removes_path: bool) -> Iterator[None]:
    """Run nginx with `deploy/nginx.conf` on a port in front of webchat."""
    chain, key = certificate(folder)
    site = (DEPLOY / "nginx.conf").read_text()
    for before, after in (
        (r"listen \[::\].*;\n", ""),
        (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
        (r"listen 443", f"listen 127.0.0.1:{port}"),
        (r"chat\.example\.org;", "localhost;"),
        (r"ssl_certificate .*;", f"ssl_certificate {chain};"),
        (r"ssl_certificate_key .*;", f"ssl_certificate_key {key};"),
        (r"location / {", f"location {base}/ {{"),
        (r"http://127\.0\.0\.1:3000;", f"http://127.0.0.1:{webchat}{'/' if removes_path else ''};"),
    ):
        site, found = re.subn(before, after, site)
        assert found, before
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{site}}}\n"
    )
    command = [needed("nginx"), "-c", str(folder / "nginx.conf"), "-g", "daemon off; user root;"]
    with _running(command, port):
        yield


@contextmanager
def caddy(folder: Path, port: int, webchat: int, base: str, *, removes_path: bool) -> Iterator[None]:
    """Run Caddy with `deploy/Caddyfile` on a port in front of webchat."""
    chain, key = certificate(folder)
    site = (DEPLOY / "Caddyfile").read_text()
    handle = f"{'handle_path' if removes_path else 'handle'} {base}/*"
    (block,) = re.findall(r"(?s)\treverse_proxy.*?\n\t}\n", site)
    site = site.replace(block, f"\ttls {chain} {key}\n\t{handle} {{\n{block}\t}}\n")
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + site)
    command = [needed("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    environment = {
        "HOME": str(folder),
        "WEBCHAT_ADDRESS": f"https://localhost:{port}",
        "WEBCHAT_UPSTREAM": f"127.0.0.1:{webchat}",
    }
    with _running(command, port, environment):
        yield


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[None]:
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            until = time.monotonic() + _SECONDS_TO_START
            while not _listens(port):
                if process.poll() is not None or time.monotonic() > until:
                    process.kill()
                    raise AssertionError(f"{command[0]} did not start:\n{process.communicate()[1]}")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.communicate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
