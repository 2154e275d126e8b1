"""The emulator's own tests talk to it with the real SDK."""

from tests.emulator.fixtures import connect, emulator, served, story

__all__ = ["connect", "emulator", "served", "story"]
