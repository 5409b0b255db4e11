# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys and peers for the benchmark's WireGuard, whose name on generic netlink is its own."""
import ctypes
import os
import socket
import struct

FAMILY = b"wg_simd\0"
PORT = 51820
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NESTED = 0x8000
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2
SET_DEVICE = 1
DEVICE_IFNAME, DEVICE_PRIVATE_KEY, DEVICE_LISTEN_PORT, DEVICE_PEERS = 2, 3, 6, 8
PEER_PUBLIC_KEY, PEER_ENDPOINT, PEER_ALLOWEDIPS = 1, 4, 9
IP_FAMILY, IP_ADDRESS, IP_MASK = 1, 2, 3
CLONE_NEWNET = 0x40000000
PRIME = 2 ** 255 - 19

libc = ctypes.CDLL(None, use_errno=True)


def enter(fd):
    """The calling thread continues in this network namespace."""
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def new_key():
    k = bytearray(os.urandom(32))
    k[0] &= 248
    k[31] = (k[31] & 127) | 64
    return bytes(k)


def public(key):
    """X25519 with the base point (RFC 7748); slow, for a handful of test keys."""
    k = int.from_bytes(key, "little")
    x2, z2, x3, z3, swap = 1, 0, 9, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % PRIME, b * b % PRIME, d * a % PRIME, c * b % PRIME
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % PRIME, 9 * (da - cb) ** 2 % PRIME
        x2, z2 = aa * bb % PRIME, e * (aa + 121665 * e) % PRIME
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little")


def attr(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def nest(kind, *attrs):
    return attr(kind | NESTED, b"".join(attrs))


def talk(sock, family, cmd, attrs):
    body = struct.pack("=BBH", cmd, 1, 0) + attrs
    sock.send(struct.pack("=IHHII", 16 + len(body), family, NLM_F_REQUEST | NLM_F_ACK, 1, 0) +
              body)
    answer = sock.recv(65536)
    if struct.unpack_from("=H", answer, 4)[0] == 2:
        err = -struct.unpack_from("=i", answer, 16)[0]
        if err:
            raise OSError(err, os.strerror(err))
    return answer


def family_id(sock):
    answer = talk(sock, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, attr(CTRL_ATTR_FAMILY_NAME, FAMILY))
    sock.recv(65536)    # the acknowledgement
    at = 20
    while at + 4 <= len(answer):
        length, kind = struct.unpack_from("=HH", answer, at)
        if kind == CTRL_ATTR_FAMILY_ID:
            return struct.unpack_from("=H", answer, at + 4)[0]
        at += (length + 3) & ~3
    raise OSError("no family id")


def configure(netns, dev, key, peer, end):
    """One peer, every address allowed."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter(netns)
    try:
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    finally:
        enter(here)
        os.close(here)
    sockaddr = struct.pack("=H", socket.AF_INET) + struct.pack("!H", PORT) + \
        socket.inet_aton(end) + bytes(8)
    everything = nest(0, attr(IP_FAMILY, struct.pack("=H", socket.AF_INET)),
                      attr(IP_ADDRESS, bytes(4)), attr(IP_MASK, b"\0"))
    peers = nest(DEVICE_PEERS, nest(0, attr(PEER_PUBLIC_KEY, peer),
                                    attr(PEER_ENDPOINT, sockaddr),
                                    nest(PEER_ALLOWEDIPS, everything)))
    with sock:
        sock.bind((0, 0))
        talk(sock, family_id(sock), SET_DEVICE,
             attr(DEVICE_IFNAME, dev.encode() + b"\0") + attr(DEVICE_PRIVATE_KEY, key) +
             attr(DEVICE_LISTEN_PORT, struct.pack("=H", PORT)) + peers)
