"""Drives Telethon against a server on loopback: one scenario per run, told on the command line.

Each thing that it saw is a line of JSON on stdout; at `pause` it waits for a line on stdin, and the test does something.
"""

import asyncio
import json
import sys

from telethon import TelegramClient, errors, events
from telethon.crypto import rsa
from telethon.network import connection
from telethon.sessions import StringSession
from telethon.tl import functions, types

TRANSPORTS = {
    "full": connection.ConnectionTcpFull,
    "abridged": connection.ConnectionTcpAbridged,
    "intermediate": connection.ConnectionTcpIntermediate,
    "obfuscated": connection.ConnectionTcpObfuscated,
}


def say(**what):
    print(json.dumps(what), flush=True)


async def pause(name):
    say(pause=name)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def client_of(port, transport, **more):
    session = StringSession()
    session.set_dc(2, "127.0.0.1", int(port))
    client = TelegramClient(
        session, 1, "hash", connection=TRANSPORTS[transport], connection_retries=2, retry_delay=0, **more
    )
    # Without an address of its own it would dial the real Telegram.
    assert client.session.server_address == "127.0.0.1"
    return client


async def log_in(client, phone="+9996621234", code="12345"):
    await client.connect()
    await client.send_code_request(phone)
    return await client.sign_in(phone, code)


async def login(port, transport, phone, password):
    client = client_of(port, transport)
    await client.connect()
    say(authorized=await client.is_user_authorized())
    await client.send_code_request(phone)
    try:
        await client.sign_in(phone, "99999")
    except errors.PhoneCodeInvalidError:
        say(refused="code")
    try:
        await client.sign_in(phone, "12345")
    except errors.SessionPasswordNeededError:
        say(refused="no password")
        try:
            await client.sign_in(password="not " + password)
        except errors.PasswordHashInvalidError:
            say(refused="password")
        await client.sign_in(password=password)
    me = await client.get_me()
    say(phone=me.phone, centre=client.session.dc_id, address=client.session.server_address)
    await client.log_out()
    say(done=True)


async def read(port, transport):
    client = client_of(port, transport)
    await log_in(client)
    channel = await client.get_entity("signals")
    posts = [(m.id, m.text) async for m in client.iter_messages(channel, reverse=True, wait_time=0)]
    say(posts=posts, title=channel.title)
    newest = [m.id async for m in client.iter_messages(channel, limit=3, wait_time=0)]
    since = [m.id async for m in client.iter_messages(channel, min_id=490, reverse=True, wait_time=0)]
    some = [m and m.text for m in await client.get_messages(channel, ids=[7, 9999])]
    dialogs = [d.title async for d in client.iter_dialogs()]
    say(newest=newest, since=since, some=some, dialogs=dialogs)
    answer = (await client.get_messages(channel, ids=[501]))[0]
    if answer:
        say(reply=answer.reply_to.reply_to_msg_id, album=answer.grouped_id, source=answer.fwd_from.channel_post)
    await client.disconnect()
    say(done=True)


async def updates(port, transport):
    client = client_of(port, transport)
    await log_in(client)
    await client.get_dialogs()
    seen = asyncio.Queue()

    @client.on(events.NewMessage)
    async def new(event):
        seen.put_nowait(["new", event.raw_text])

    @client.on(events.MessageEdited)
    async def edited(event):
        seen.put_nowait(["edit", event.raw_text])

    @client.on(events.MessageDeleted)
    async def deleted(event):
        seen.put_nowait(["delete", event.deleted_ids])

    await client(functions.updates.GetStateRequest())
    await pause("ready")
    while True:
        event = await asyncio.wait_for(seen.get(), 30)
        say(event=event)
        if event == ["new", "last"]:
            break
    await client.disconnect()
    say(done=True)


async def difference(port, transport):
    client = client_of(port, transport)
    await log_in(client)
    channel = await client.get_input_entity("signals")
    empty = types.ChannelMessagesFilterEmpty()
    pts, kinds = 2, []
    for _ in range(20):
        part = await client(functions.updates.GetChannelDifferenceRequest(channel, empty, pts, 3))
        if isinstance(part, types.updates.ChannelDifference):
            say(new=[m.message for m in part.new_messages], others=[type(u).__name__ for u in part.other_updates])
            pts = part.pts
        kinds.append(type(part).__name__)
        if part.final:
            break
    say(kinds=kinds, pts=pts)
    await client.disconnect()
    say(done=True)


async def faults(port, transport):
    client = client_of(port, transport, flood_sleep_threshold=2)
    await log_in(client)
    channel = await client.get_input_entity("signals")
    await pause("flood")
    try:
        await client.get_messages(channel, limit=1)
    except errors.FloodWaitError as flood:
        say(flood=flood.seconds)
    await pause("private")
    try:
        await client(functions.channels.GetFullChannelRequest(channel))
    except errors.ChannelPrivateError:
        say(private=True)
    await pause("salts and disconnect")
    say(again=(await client.get_me()).phone)
    await pause("dead")
    try:
        await client.get_me()
        await client(functions.updates.GetStateRequest())
    except errors.AuthKeyDuplicatedError:
        say(duplicated=True)
    await client.disconnect()
    say(done=True)


async def clock(port, transport):
    client = client_of(port, transport)
    me = await log_in(client)
    say(phone=me.phone)
    await client.disconnect()
    say(done=True)


if __name__ == "__main__":
    scenario, key, port, transport, *rest = sys.argv[1:]
    with open(key) as file:
        rsa.add_key(file.read(), old=False)
    asyncio.run(globals()[scenario](port, transport, *rest))
