"""Reads a channel's whole history with Telethon, and every post with six regular expressions, as the predecessor did.

Usage: telethon_history.py PUBLIC_KEY_FILE PORT PHONE CHANNEL "with cryptg"|"without cryptg"

What it took is a line of JSON on stdout.
"""

import asyncio
import json
import re
import sys
import time

key, port, phone, channel, how = sys.argv[1:]
if how == "without cryptg":
    # As if it were not installed: Telethon takes the OpenSSL of the system then, and Python where there is none.
    sys.modules["cryptg"] = None

from telethon import TelegramClient  # noqa: E402
from telethon.crypto import aes, libssl, rsa  # noqa: E402
from telethon.network.connection import ConnectionTcpFull  # noqa: E402
from telethon.sessions import StringSession  # noqa: E402

PRICE = r"\$?\s*([0-9]+(?:[.,][0-9]+)?)"
EXPRESSIONS = {
    "symbol": re.compile(r"[#$]?\b([A-Z0-9]{2,10})\s*/?\s*(?:USDT|USD|BUSD)\b", re.IGNORECASE),
    "side": re.compile(r"\b(LONG|SHORT|BUY|SELL)\b", re.IGNORECASE),
    "entry": re.compile(r"\b(?:ENTRY|ENTER|PRICE)(?:\s+ZONE)?\s*[:@=-]?\s*" + PRICE, re.IGNORECASE),
    "target": re.compile(r"\b(?:TARGETS?|TP|TAKE[ -]?PROFIT)\s*[0-9]*\s*[:@=-]?\s*" + PRICE, re.IGNORECASE),
    "stop": re.compile(r"\b(?:SL|STOP(?:[ -]?LOSS)?)\s*[:@=-]?\s*" + PRICE, re.IGNORECASE),
    "leverage": re.compile(r"\b(?:LEVERAGE|LEV)\s*[:=-]?\s*(?:CROSS|ISOLATED)?\s*([0-9]{1,3})\s*X\b", re.IGNORECASE),
}


def cipher():
    if aes.cryptg:
        return "cryptg"
    return "OpenSSL" if libssl.decrypt_ige else "Python"


def peak_kib():
    # What getrusage tells holds also for the process that started this one.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


async def main():
    session = StringSession()
    session.set_dc(2, "127.0.0.1", int(port))
    client = TelegramClient(session, 1, "hash", connection=ConnectionTcpFull, connection_retries=2, retry_delay=0)
    # Without an address of its own it would dial the real Telegram.
    assert client.session.server_address == "127.0.0.1"
    await client.connect()
    await client.send_code_request(phone)
    await client.sign_in(phone, "12345")

    began = time.perf_counter()
    entity = await client.get_entity(channel)
    posts = characters = signals = 0
    last = None
    async for message in client.iter_messages(entity, limit=None, wait_time=0):
        assert last is None or message.id == last - 1, f"post {message.id} follows on post {last}"
        last = message.id
        text = message.message
        found = {field: expression.search(text) for field, expression in EXPRESSIONS.items()}
        posts += 1
        characters += len(text)
        signals += all(found[field] for field in ("symbol", "side", "entry"))
    seconds = time.perf_counter() - began
    assert last == 1, f"the oldest post was {last}"
    await client.disconnect()

    said = {
        "reader": f"Telethon {how} ({cipher()})",
        "posts": posts,
        "characters": characters,
        "signals": signals,
        "seconds": seconds,
        "posts_a_second": posts / seconds,
        "usage": {"cpu_seconds": time.process_time(), "peak_kib": peak_kib()},
    }
    print(json.dumps(said))


if __name__ == "__main__":
    with open(key) as file:
        rsa.add_key(file.read(), old=False)
    asyncio.run(main())
