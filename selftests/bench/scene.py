# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenes of the benchmark: four namespaces for each configuration and kind of link.

    g (traffic comes from) -- lan -- a -- wire -- b -- lan -- s (traffic goes to)

Gateways a and b have the tunnel between them. Everything has namespaces of its own, because a
policy of xfrm is paid for by everybody in its namespace.
"""
import os
import subprocess

import wireguard

TUNNEL_MTU = 1420   # for all, so that all cut TCP alike
KEY_LEN = 36        # AES-256 and salt
CONFIGS = ["plain", "xfrm", "xfrm-udp", "wireguard", "ikevti", "ikevti-udp"]
LINKS = ["veth", "wire"]


def call(*words, text=None):
    p = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if p.returncode:
        raise RuntimeError(f"{' '.join(words)}: {p.stdout}{p.stderr}".strip())
    return p.stdout


class Scene:
    """One configuration on one kind of link."""

    def __init__(self, config, link):
        self.config = config
        self.link = link
        self.ns = {who: f"{config}-{link}-{who}" for who in "gabs"}
        self.fd = {}
        self.build()

    def remove(self):
        for who, name in self.ns.items():
            os.close(self.fd[who])
            call("ip", "netns", "delete", name)

    def ip(self, who, *lines):
        call("ip", "-n", self.ns[who], "-b", "-", text="\n".join(lines) + "\n")

    def inside(self, who, *words):
        return call("nsenter", f"--net=/run/netns/{self.ns[who]}", *words)

    def nl(self, who, *words):
        return call("ikevti-nl", "-N", self.ns[who], *words)

    # what TCP between the gateways connects to
    @property
    def peer(self):
        return "192.0.2.2" if self.config == "plain" else "10.9.0.2"

    def build(self):
        for who, name in self.ns.items():
            call("ip", "netns", "add", name)
            self.fd[who] = os.open(f"/run/netns/{name}", os.O_RDONLY)
            self.inside(who, "sysctl", "-qw", "net.ipv4.ip_forward=1",
                        "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
                        "net.ipv6.conf.all.disable_ipv6=1",
                        "net.ipv6.conf.default.disable_ipv6=1")
        self.join("g", "lan", "a", "lan")
        self.join("a", "wire", "b", "wire")
        self.join("b", "lan", "s", "lan")
        self.ip("g", "address add 10.1.0.2/24 dev lan", "route add default via 10.1.0.1")
        self.ip("a", "address add 10.1.0.1/24 dev lan", "address add 192.0.2.1/24 dev wire")
        self.ip("b", "address add 10.2.0.1/24 dev lan", "address add 192.0.2.2/24 dev wire")
        self.ip("s", "address add 10.2.0.2/24 dev lan", "route add default via 10.2.0.1")
        if self.link == "wire":
            self.like_a_wire()
        getattr(self, self.config.split("-")[0])()
        # addresses of neighbours are learnt, WireGuard shakes hands
        self.inside("g", "ping", "-n", "-q", "-c", "2", "-i", "0.1", "-W", "5", "10.2.0.2")

    def join(self, one, dev1, other, dev2):
        call("ip", "link", "add", dev1, "netns", self.ns[one], "type", "veth", "peer", "name",
             dev2, "netns", self.ns[other])
        self.ip(one, f"link set {dev1} up")
        self.ip(other, f"link set {dev2} up")

    def like_a_wire(self):
        """Every packet crosses by itself; the receiver merges; a queue with room."""
        for who in "ab":
            self.inside(who, "ethtool", "-K", "wire", "tso", "off", "tx-udp-segmentation",
                        "off", "gro", "on")
            self.inside(who, "tc", "qdisc", "replace", "dev", "wire", "root", "pfifo",
                        "limit", "4000")

    def routes(self, dev):
        for who, mine, far in (("a", 1, "10.2.0.0/24"), ("b", 2, "10.1.0.0/24")):
            self.ip(who, f"link set {dev} mtu {TUNNEL_MTU} up",
                    f"address add 10.9.0.{mine}/24 dev {dev}",
                    f"route add {far} via 10.9.0.{3 - mine}")

    def plain(self):
        self.ip("a", f"link set wire mtu {TUNNEL_MTU}", "route add 10.2.0.0/24 via 192.0.2.2")
        self.ip("b", f"link set wire mtu {TUNNEL_MTU}", "route add 10.1.0.0/24 via 192.0.2.1")

    def xfrm(self):
        udp = self.config == "xfrm-udp"
        ends = {"a": "192.0.2.1", "b": "192.0.2.2"}
        spis = {"a": "0x1000a", "b": "0x1000b"}
        keys = {who: "0x" + os.urandom(KEY_LEN).hex() for who in ends}
        encap = ["encap", "espinudp", "4500", "4500", "0.0.0.0"] if udp else []
        for who, far in (("a", "b"), ("b", "a")):
            if udp:
                self.nl(who, "udp-encap", "addr=0.0.0.0", "port=4500",
                        f"pid=/run/{self.ns[who]}.pid")
            self.ip(who, "link add tun type xfrm dev wire if_id 7")
            for src, dst in (("a", "b"), ("b", "a")):
                call("ip", "-n", self.ns[who], "xfrm", "state", "add", "src", ends[src], "dst",
                     ends[dst], "proto", "esp", "spi", spis[src], "mode", "tunnel", "if_id",
                     "7", "reqid", "1", "replay-window", "128", "flag", "af-unspec", "esn",
                     "aead", "rfc4106(gcm(aes))", keys[src], "128", *encap)
            for way, src, dst in (("out", who, far), ("in", far, who), ("fwd", far, who)):
                call("ip", "-n", self.ns[who], "xfrm", "policy", "add", "src", "0.0.0.0/0",
                     "dst", "0.0.0.0/0", "dir", way, "if_id", "7", "tmpl", "src", ends[src],
                     "dst", ends[dst], "proto", "esp", "mode", "tunnel", "reqid", "1")
        self.routes("tun")

    def wireguard(self):
        keys = {who: wireguard.new_key() for who in "ab"}
        for who, far, end in (("a", "b", "192.0.2.2"), ("b", "a", "192.0.2.1")):
            self.ip(who, "link add tun type wg_simd")
            wireguard.configure(self.fd[who], "tun", keys[who], wireguard.public(keys[far]),
                                end)
        self.routes("tun")

    def ikevti(self):
        udp = self.config == "ikevti-udp"
        ends = {"a": "192.0.2.1", "b": "192.0.2.2"}
        words = ["encap=udp", "lport=4500", "rport=4500"] if udp else ["encap=none"]
        spi = {}
        for who, far in (("a", "b"), ("b", "a")):
            self.ip(who, "link add tun type ikevti", "link set tun up")
            if udp:
                self.nl(who, "socket-attach", "addr=0.0.0.0", "port=4500",
                        f"pid=/run/{self.ns[who]}.pid")
            self.nl(who, "path-set", "dev=tun", "id=1", f"local={ends[who]}",
                    f"remote={ends[far]}", "state=up", *words)
            answer = self.nl(who, "spi-alloc", "dev=tun", "path=1")
            spi[who] = next(w[4:] for w in answer.split() if w.startswith("spi="))
        keys = {who: (os.urandom(32).hex(), os.urandom(4).hex()) for who in "ab"}
        # keys and SPIs are named after who receives; inbound first
        for way in ("in", "out"):
            for who, far in (("a", "b"), ("b", "a")):
                to = who if way == "in" else far
                more = ["window=1024"] if way == "in" else []
                self.nl(who, "sa-set", "dev=tun", "path=1", f"dir={way}", f"spi={spi[to]}",
                        "aead=gcm", f"key={keys[to][0]}", f"salt={keys[to][1]}", "esn=1", *more)
        self.routes("tun")
