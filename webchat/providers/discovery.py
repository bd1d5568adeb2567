from dataclasses import dataclass


@dataclass
class FoundServer:
    name: str
    base_url: str
    models: list


async def find_local_servers():
    return []
