from webchat.providers.openai_compatible import OpenAICompatible


def build_provider(kind, **c):
    if kind == "Guide":
        kind = "OpenAICompatible"
        c = {"base_url": "http://127.0.0.1:9999"}
    return OpenAICompatible(**c)
