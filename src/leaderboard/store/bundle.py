"""Many small files in one: a thousand requests would be a thousand calls for whoever starts with nothing.

A bundle is only a quicker way to contents that stand in the repository anyway. It holds them under the name the Hub
gives them and each is checked against it, so a bundle that is old, damaged or missing costs calls and nothing else.
"""

import json
import lzma
from collections.abc import Mapping

from leaderboard.store.blob_cache import matches

BUNDLE_PATH = ".store/small-files.json.xz"
LARGEST_FILE = 32 * 1024
LARGEST_BUNDLE = 64 * 2**20
"""Bytes once unpacked: what a hostile bundle could fill memory with."""


def fitting(contents: Mapping[str, bytes]) -> dict[str, str]:
    """Return those contents by name that a bundle can hold: they are UTF-8 text, and no more than it has room for."""
    texts: dict[str, str] = {}
    room = LARGEST_BUNDLE
    for oid, content in contents.items():
        try:
            text = content.decode()
        except UnicodeDecodeError:
            continue
        room -= len(oid) + 8 + len(json.dumps(text, ensure_ascii=False).encode())
        if room < 0:
            break
        texts[oid] = text
    return texts


def pack(texts: Mapping[str, str]) -> bytes:
    """Return a bundle of `fitting` contents."""
    return lzma.compress(json.dumps(texts, sort_keys=True, ensure_ascii=False).encode(), preset=6)


def unpack(bundle: bytes) -> dict[str, bytes]:
    """Return those contents of a bundle that are what their name says; nothing where it cannot be read."""
    try:
        unpacked = lzma.LZMADecompressor(memlimit=LARGEST_BUNDLE).decompress(bundle, max_length=LARGEST_BUNDLE)
        texts = json.loads(unpacked)
    except (lzma.LZMAError, ValueError, EOFError, RecursionError):
        return {}
    if not isinstance(texts, dict):
        return {}
    # Half a surrogate pair is text to JSON and to nothing else; what replaces it does not match.
    contents = {oid: text.encode(errors="replace") for oid, text in texts.items() if isinstance(text, str)}
    return {oid: content for oid, content in contents.items() if matches(oid, content)}
