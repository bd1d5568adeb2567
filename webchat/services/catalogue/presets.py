"""Well-known services and model servers, so that nobody has to know their addresses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """A service or server to connect. `keys_url` is where its API keys are made; empty if it needs none."""

    name: str
    address: str
    keys_url: str = ""


OTHER = "Other"
"""The choice of a service or server without a preset."""
PRESETS = (
    Preset("OpenAI", "https://api.openai.com/v1", "https://platform.openai.com/api-keys"),
    Preset("OpenRouter", "https://openrouter.ai/api/v1", "https://openrouter.ai/keys"),
    Preset("Mistral", "https://api.mistral.ai/v1", "https://console.mistral.ai/api-keys"),
    Preset("Groq", "https://api.groq.com/openai/v1", "https://console.groq.com/keys"),
    Preset("DeepSeek", "https://api.deepseek.com/v1", "https://platform.deepseek.com/api_keys"),
    Preset(
        "Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "https://aistudio.google.com/apikey",
    ),
    Preset("Anthropic", "https://api.anthropic.com/v1", "https://console.anthropic.com/settings/keys"),
    Preset("Ollama", "http://127.0.0.1:11434/v1"),
    Preset("LM Studio", "http://127.0.0.1:1234/v1"),
    Preset("llama.cpp", "http://127.0.0.1:8080/v1"),
    Preset("vLLM", "http://127.0.0.1:8000/v1"),
)


def find_preset(name: object) -> Preset | None:
    """The preset of that name."""
    return next((preset for preset in PRESETS if preset.name == name), None)
