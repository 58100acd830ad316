"""
The client or the server of py-libp2p's rendezvous, for the interop tests.

A client reads one JSON command per line on stdin and answers each with one JSON object per line on
stdout; a server prints its addresses. Either ends when stdin is closed. Diagnostics go to stderr.
"""

import argparse
import base64
import hashlib
import json
import sys
from typing import Any

from libp2p import new_host
from libp2p.abc import IHost, INetStream
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.discovery.rendezvous import RendezvousClient, RendezvousError, RendezvousService
from libp2p.discovery.rendezvous.config import MAX_MESSAGE_SIZE, RENDEZVOUS_PROTOCOL
from libp2p.discovery.rendezvous.messages import (
    create_discover_message,
    create_register_message,
)
from libp2p.discovery.rendezvous.pb.rendezvous_pb2 import Message
from libp2p.peer.id import ID
from libp2p.peer.peerinfo import info_from_p2p_addr
from libp2p.utils.varint import encode_varint_prefixed, read_varint_prefixed_bytes_limited
from multiaddr import Multiaddr
import trio

COMMAND_SECONDS_MAX = 15


def emit(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


async def lines_of_stdin() -> Any:
    """Reads in a thread: trio cannot wait for a pipe without one on every platform."""
    while line := await trio.to_thread.run_sync(sys.stdin.readline):
        yield line


async def exchange(stream: INetStream, request: Message) -> Message:
    await stream.write(encode_varint_prefixed(request.SerializeToString()))
    response = Message()
    response.ParseFromString(await read_varint_prefixed_bytes_limited(stream, MAX_MESSAGE_SIZE))
    return response


async def register_then_discover(host: IHost, point: ID, namespace: str) -> dict[str, Any]:
    """With messages of the library on one stream: its client opens one for each request."""
    stream = await host.new_stream(point, [RENDEZVOUS_PROTOCOL])
    register = create_register_message(namespace, host.get_id(), host.get_addrs(), 7200)
    registered = await exchange(stream, register)
    discovered = await exchange(stream, create_discover_message(namespace, 10))
    await stream.close()
    return {
        "event": "exchanged",
        "statuses": [registered.registerResponse.status, discovered.discoverResponse.status],
        "statusTexts": [
            registered.registerResponse.statusText,
            discovered.discoverResponse.statusText,
        ],
    }


async def run_command(host: IHost, point: ID, command: dict[str, Any]) -> dict[str, Any]:
    client = RendezvousClient(host, point)
    do, namespace = command["do"], command.get("namespace", "")
    if do == "register":
        ttl = await client.register(namespace, command.get("ttl", 7200))
        return {"event": "registered", "status": 0, "statusText": "", "ttl": ttl}
    if do == "unregister":
        await client.unregister(namespace)
        return {"event": "unregistered", "status": 0, "statusText": ""}
    if do == "discover":
        cookie = base64.b64decode(command.get("cookie", ""))
        peers, following = await client.discover(namespace, command.get("limit", 100), cookie)
        return {
            "event": "discovered",
            "status": 0,
            "statusText": "",
            "registrations": [
                {"peerId": str(peer.peer_id), "multiaddrs": [str(addr) for addr in peer.addrs]}
                for peer in peers
            ],
            "cookie": base64.b64encode(following).decode(),
        }
    if do == "register then discover":
        return await register_then_discover(host, point, namespace)
    raise SystemExit(f"unknown command {do}")


async def answer(host: IHost, point: ID, command: dict[str, Any]) -> dict[str, Any]:
    """A status of -1 says that the library failed without one."""
    try:
        with trio.fail_after(COMMAND_SECONDS_MAX):
            return await run_command(host, point, command)
    except RendezvousError as error:
        return {"event": "refused", "status": error.status, "statusText": error.message}
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        return {"event": "refused", "status": -1, "statusText": text}


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["client", "server"])
    parser.add_argument("--seed", required=True, help="text that the peer's key is made from")
    parser.add_argument("--point", help="multiaddr of the rendezvous point")
    arguments = parser.parse_args()

    key_pair = create_new_key_pair(hashlib.sha256(arguments.seed.encode()).digest())
    host = new_host(key_pair=key_pair)
    listen = Multiaddr("/ip4/127.0.0.1/tcp/0")

    async with host.run(listen_addrs=[listen]), trio.open_nursery() as nursery:
        nursery.start_soon(host.get_peerstore().start_cleanup_task, 60)
        if arguments.role == "server":
            RendezvousService(host)
        else:
            info = info_from_p2p_addr(Multiaddr(arguments.point))
            await host.connect(info)
        addresses = [str(address).split("/p2p/")[0] for address in host.get_addrs()]
        emit({"event": "ready", "peerId": str(host.get_id()), "multiaddrs": addresses})
        async for line in lines_of_stdin():
            emit(await answer(host, info.peer_id, json.loads(line)))
        nursery.cancel_scope.cancel()


trio.run(main)
