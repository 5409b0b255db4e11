# SPDX-License-Identifier: GPL-2.0-or-later
"""A multipoint device with thousands of peers: made, listed, and all of them in use.

Gateway a has them, b is its mirror image: one peer with two SAs there for each of a's, so that
as many SAs encrypt as decrypt. Each has an outer address and a next hop of its own.
"""
import time

import scene

CONFIGS = ["ikevti", "ikevti-udp"]
SIZES = [64, 1400]
BURST = 64

# Forwarding: what is measured, and what it is a share of. Of bursts, "each" is for another peer,
# "mixed" are bursts of which each packet is. Single ones (b1) are each for another anyway.
SHARES = {f"peers{size}{way}": f"peers{size}{one}" for size in SIZES
          for way, one in (("-each", "-one"), ("-mixed", "-one"), ("b1-each", "b1-one"))}
WAYS = list(dict.fromkeys(n for share in SHARES.items() for n in reversed(share)))

# What is found out once, and its unit
ONCE = {"peers-made": "1/s", "peers-listed": "ms", "peers-sas-listed": "ms",
        "peers-sa": "octets", "peers-cipher": "octets", "peers-memory": "octets"}


def neighbours(n):
    """The kernel keeps one for each next hop, but by default at most 1,024"""
    for limit in ("gc_thresh3", "gc_thresh2", "gc_thresh1"):
        scene.call("sysctl", "-qw", f"net.ipv4.neigh.default.{limit}={n}")


def free_octets():
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as f:
        f.write("3\n")
    with open("/proc/meminfo", encoding="ascii") as f:
        return 1024 * next(int(line.split()[1]) for line in f if line.startswith("MemFree:"))


def slabs():
    """Objects in use, by the octets that one takes"""
    with open("/proc/slabinfo", encoding="ascii") as f:
        caches = [line.split() for line in f if line.startswith("kmalloc-")]
    return {int(size): int(active) for _, active, _, size, *_ in caches}


class Scene(scene.Scene):
    """Without peers yet. What is not for them goes beside the tunnel."""

    def build(self):
        self.ns = {who: f"peers-{name}" for who, name in self.ns.items()}
        super().build()

    def ikevti(self):
        self.ip("a", "route add 10.2.0.0/24 via 192.0.2.2",
                "route add 198.18.0.0/16 via 192.0.2.2")
        self.ip("b", "link set lo up", "route add 10.1.0.0/24 via 192.0.2.1",
                "route add local 198.18.0.0/16 dev lo", "route add 10.3.0.0/16 via 10.2.0.2")
        for who in "ab":
            if self.config == "ikevti-udp":
                self.nl(who, "socket-attach", "addr=0.0.0.0", "port=4500",
                        f"pid=/run/{self.ns[who]}.pid")
            scene.call("ikevti-link", "-N", self.ns[who], "add", "tun", "multipoint=1")
            self.ip(who, f"link set tun mtu {scene.TUNNEL_MTU} up")
        self.ip("a", "route add 10.3.0.0/16 dev tun")

    def make(self, n):
        encap = "udp" if self.config == "ikevti-udp" else "none"
        self.nl("a", "bulk-peers", "dev=tun", "peer=1", f"count={n}", "local=192.0.2.1",
                "remotes=198.18.0.1", "via=10.3.0.1", f"far={self.ns['b']}", f"encap={encap}",
                "esn=1", "window=1024")


class Peers:
    """Of one link, all configurations; what is found goes to row(), as in guest.py"""

    def __init__(self, bench, opts, row):
        self.bench = bench
        self.opts = opts
        self.n = opts.peers
        self.row = row
        self.scenes = [Scene(c, opts.links[0]) for c in opts.configs if c in CONFIGS]
        neighbours(1000 + self.n * len(self.scenes))
        _, self.cipher, _, _ = bench.run("cipher", f"packets={self.n}")
        for s in self.scenes:
            self.make(s)
            self.use_all(s)

    def cpu_ms(self, function, *args):
        """CPU time of the kernel for something"""
        _, start, _, _ = self.bench.run("cpu")
        function(*args)
        _, end, _, _ = self.bench.run("cpu")
        return (end - start) / 1e6

    def found(self, s, test, value):
        self.row(s.link, test, s.config, ONCE[test], value)

    def make(self, s):
        """Both gateways' peers at once; a figure is for one gateway, or one SA"""
        free, before = free_octets(), slabs()
        self.found(s, "peers-made", 2000 * self.n / self.cpu_ms(s.make, self.n))
        time.sleep(1)   # larval SAs are freed
        # later ones are put where these were, in part
        if s is self.scenes[0]:
            self.memory(s, free - free_octets(), before, slabs())
        for test, what in (("peers-listed", "peer-get"), ("peers-sas-listed", "sa-get")):
            self.found(s, test, self.cpu_ms(s.nl, "a", "count", what, "dev=tun"))

    def memory(self, s, took, before, after):
        """As the objects are, and as there is less of it"""
        each = {size: (after[size] - before[size]) / (2 * self.n) for size in sorted(before)}
        print(f"note {s.link} {s.config}: objects for a peer with two SAs: " +
              ", ".join(f"{n:.1f} of {size}" for size, n in each.items() if n >= 0.1), flush=True)
        self.found(s, "peers-sa", sum(size * n for size, n in each.items()) / 2 - self.cipher)
        self.found(s, "peers-cipher", self.cipher)
        self.found(s, "peers-memory", took / (4 * self.n))

    def forward(self, s, size, burst, *peers):
        return self.bench.run(
            "forward", f"from={s.fd['a']}", "dev=lan", f"to={s.fd['s']}", "sink=lan",
            "saddr=10.1.0.2", "daddr=10.3.0.1", f"size={size}", f"burst={burst}",
            f"cpu={self.opts.cpu}", *peers)

    def use_all(self, s):
        """Every peer has had packets before anything is measured"""
        self.forward(s, 64, BURST, f"peers={self.n}", "row=1")
        used = s.nl("b", "sa-get", "dev=tun").count(" dir=in ")
        idle = s.nl("b", "sa-get", "dev=tun").count(" rx_packets=0 ")
        if used != self.n or idle:
            print(f"note {s.link} {s.config}: of {used} peers {idle} are not in use", flush=True)

    def measure(self, s, test):
        size, _, way = test.removeprefix("peers").partition("-")
        size, _, burst = size.partition("b")
        burst = int(burst or BURST)
        row = {"one": [], "each": [f"row={burst}"], "mixed": ["row=1"]}[way]
        peers = [f"peers={self.n}"] + row if row else []
        unit, value, _, lost = self.forward(s, size, burst, *peers)
        self.row(s.link, test, s.config, unit, value / 1000, lost)

    def one_round(self, r):
        for s in self.scenes:
            for i in range(len(WAYS)):
                self.measure(s, WAYS[(i + r) % len(WAYS)])
