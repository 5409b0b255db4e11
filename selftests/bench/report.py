#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's lines on stdin become a table, build/bench/results.csv and .svg.

A figure is the median of the rounds; the spread is half of what lies between the quartiles, in
percent of the median.
"""
import csv
import os
import re
import statistics
import sys

import options
import peers
import scene
import svg

LESS = ["ns", "ms", "octets"]   # units of which less is better
BASE = "xfrm"               # what ratios are of
SEGMENT = {"tcp": 1368, "ftcp": 1368, "tcp500": 488}    # octets of payload
TCP_PACKET = {"tcp": "1420", "ftcp": "1420", "tcp500": "540"}

# ratio to the xfrm interface's native ESP that must be reached, and is aimed for
GOALS = {
    ("veth", "ikevti-udp"): {
        "tcp": (2.1, 2.5), "tcp500": (3.2, 3.8), "ftcp": (2.0, 2.5), "fwd64": (3.6, 4.0),
        "fwd512": (3.2, 3.5), "fwd1400": (2.6, 2.9), "fwdmix": (3.3, 3.8),
        "fwd64b1": (2.3, 2.6), "fwd1400b1": (2.1, 2.3), "pktgen64": (2.3, 2.6),
        "pktgen1400": (2.1, 2.3)},
    ("wire", "ikevti-udp"): {
        "tcp": (1.4, 1.7), "tcp500": (1.8, 2.2), "fwd64": (2.9, 3.2), "fwd1400": (2.3, 2.6)},
    ("veth", "ikevti"): {
        "tcp": (1.3, 1.7), "tcp500": (1.1, 1.6), "fwd64": (2.6, 3.0), "fwd1400": (2.2, 2.5)},
}
TUNNEL_COST = 1.4           # of encryption and decryption, forwarding in bursts
TCP_SHARE = 0.7             # of what TCP could reach with this cipher
PEERS_SHARE = 0.85          # forwarding with all peers in use, of that with one
SA_OCTETS = 2048            # without the cipher's, but with its half of peer and path


class Results:
    def __init__(self):
        self.rows = {}      # (link, test, config) -> values
        self.unit = {}
        self.lost = {}
        self.about = {}     # date, cpu, ...
        self.best = False   # the best round stands for the median

    def add(self, link, test, config, unit, value, lost):
        key = link, test, config
        self.rows.setdefault(key, []).append(float(value))
        self.unit[test] = unit
        self.lost[key] = self.lost.get(key, 0) + int(lost)

    def median(self, *key):
        values = self.rows.get(key)
        if not values:
            return None
        if self.best:
            return min(values) if self.unit[key[1]] in LESS else max(values)
        return statistics.median(values)

    def spread(self, *key):
        values = self.rows[key]
        m = statistics.median(values)
        if len(values) < 2 or not m:
            return 0
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        return 50 * (high - low) / m

    def has(self, kind, place):
        return [n for n in kind if any(k[place] == n for k in self.rows)]

    def links(self):
        return self.has(scene.LINKS, 0)

    def configs(self):
        return self.has(scene.CONFIGS, 2)

    def tests(self):
        names = [t for name in options.TESTS for t in
                 ([name] if not name.startswith("lat") else [name + "-p50", name + "-p99"])]
        return self.has(names, 1)

    def ratio(self, link, test, config):
        """To the xfrm interface; more is better. Of latency: what is added to plain."""
        mine, base = self.median(link, test, config), self.median(link, test, BASE)
        if not mine or not base:
            return None
        if test.startswith("lat"):
            plain = self.median(link, test, "plain")
            return (mine - plain) / (base - plain) if plain and base > plain else None
        return mine / base

    def peers_share(self, link, test, config):
        """Of what is forwarded to one peer"""
        mine = self.median(link, test, config)
        one = self.median(link, peers.SHARES.get(test), config)
        return mine / one if mine and one else None

    def aead(self, test):
        size = TCP_PACKET.get(test) or re.sub(r"^(fwd|pktgen)|b\d+$", "", test)
        return self.median("-", f"aead{size}", "aes-gcm")

    def each(self, link, test, config):
        """ns of CPU time for a packet or segment"""
        rate = self.median(link, test, config)
        if not rate:
            return None
        return SEGMENT[test] * 8000 / rate if test in SEGMENT else 1e6 / rate

    def share(self, link, test, config):
        """Of the rate that plain traffic and the cipher alone would leave"""
        if test.startswith(("lat", "iperf")):
            return None
        plain, mine, aead = self.each(link, test, "plain"), self.each(link, test, config), \
            self.aead(test)
        return (plain + aead) / mine if plain and mine and aead else None

    def cost(self, link, test, config):
        """What the tunnel adds to forwarding, in encryptions and decryptions"""
        plain, mine, aead = self.each(link, test, "plain"), self.each(link, test, config), \
            self.aead(test)
        return (mine - plain) / aead if plain and mine and aead else None


def columns(lines):
    """Right-aligned, the first column left"""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        print("  ".join([line[0].ljust(widths[0])] +
                        [c.rjust(w) for c, w in zip(line[1:], widths[1:])]).rstrip())


def number(value):
    return f"{value:.4g}" if value < 10000 else f"{value:.0f}"


def peers_table(res, link):
    """Lines of a table about a multipoint device's peers; none if they were not measured"""
    tests = res.has([*peers.ONCE, *peers.WAYS], 1)
    configs = [c for c in peers.CONFIGS if any((link, t, c) in res.rows for t in tests)]
    lines = []
    for test in tests:
        line = [test, res.unit[test]]
        for config in configs:
            m, share = res.median(link, test, config), res.peers_share(link, test, config)
            line.append(f"{number(m)} ({share:.2f})" if share else number(m) if m else "-")
        lines.append(line)
    return [["test", "unit"] + configs] + lines if configs else []


def tables(res):
    for link in res.links() if res.tests() else []:
        print(f"\n{link}: per second of CPU time, +-spread, (times {BASE}); lat: ns at a steady "
              f"rate, (added, times {BASE})")
        lines = [["test", "unit"] + res.configs() + ["share of floor", "tunnel/AES-GCM"]]
        for test in res.tests():
            line = [test, res.unit[test]]
            for config in res.configs():
                m = res.median(link, test, config)
                if m is None:
                    line.append("-")
                    continue
                ratio = res.ratio(link, test, config)
                line.append(f"{number(m)} +-{res.spread(link, test, config):.0f}%" +
                            (f" ({ratio:.2f})" if ratio and config not in ("plain", BASE)
                             else ""))
            share = res.share(link, test, "ikevti-udp")
            cost = None if test in SEGMENT else res.cost(link, test, "ikevti-udp")
            line += [f"{100 * share:.0f} %" if share else "-",
                     f"{cost:.2f}" if cost and share else "-"]
            lines.append(line)
        columns(lines)
    for link in res.links():
        lines = peers_table(res, link)
        if lines:
            print(f"\n{link}: many peers of one device, (times one of them)")
            columns(lines)
    floor = [(k[1], res.median(*k)) for k in res.rows if k[0] == "-"]
    if floor:
        print("\nAES-256-GCM alone, encryption and decryption in place: " +
              ", ".join(f"{name.removeprefix('aead')}: {ns:.0f} ns" for name, ns in floor))
    lost = [f"{k[0]} {k[1]} {k[2]}: {n}" for k, n in res.lost.items() if n]
    if lost:
        print("lost or sent again, all rounds: " + ", ".join(lost))


GOAL_NAMES = [["goal", "ratio", "must", "aim", "reached"]]


def judge(name, value, must, aim, lines, less=False):
    if value is None:
        return
    reached = (lambda goal: value <= goal) if less else (lambda goal: value >= goal)
    verdict = "aim" if aim is not None and reached(aim) else "must" if reached(must) else "MISSED"
    lines.append([name, f"{value:.2f}", f"{must:g}", f"{aim:g}" if aim is not None else "-",
                  verdict])


def goals(res):
    """Lines of a table: goal, ratio, must, aim, reached"""
    lines = []
    for (link, config), tests in GOALS.items():
        for test, (must, aim) in tests.items():
            judge(f"{config} {link} {test}", res.ratio(link, test, config), must, aim, lines)
    for test in ("fwd64", "fwd512", "fwd1400"):
        judge(f"ikevti-udp veth {test} tunnel/AES-GCM", res.cost("veth", test, "ikevti-udp"),
              TUNNEL_COST, None, lines, less=True)
    judge("ikevti-udp veth tcp share of floor", res.share("veth", "tcp", "ikevti-udp"),
          TCP_SHARE, None, lines)
    for link in res.links():
        for test in res.tests():
            if test.startswith("lat"):
                judge(f"ikevti-udp {link} {test} added, to {BASE}'s",
                      res.ratio(link, test, "ikevti-udp"), 1, None, lines, less=True)
                continue
            mine, other = res.median(link, test, "ikevti-udp"), \
                res.median(link, test, "wireguard")
            if mine and other and mine <= other:
                judge(f"ikevti-udp {link} {test} to wireguard's", mine / other, 1, None, lines)
    return GOAL_NAMES + lines if lines else []


def peers_goals(res):
    """The same of many peers"""
    lines = []
    for link in res.links():
        for config in peers.CONFIGS:
            judge(f"{config} {link} octets for an SA, besides its cipher",
                  res.median(link, "peers-sa", config), SA_OCTETS, None, lines, less=True)
            for test in peers.SHARES:
                judge(f"{config} {link} {test}, to {peers.SHARES[test]}",
                      res.peers_share(link, test, config), PEERS_SHARE, None, lines)
    return GOAL_NAMES + lines if lines else []


def write_csv(res, path):
    with open(path, "w", newline="", encoding="ascii") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["link", "test", "config", "unit", "median", "spread"])
        for key in res.rows:
            out.writerow([*key, res.unit[key[1]], f"{res.median(*key):.6g}",
                          f"{res.spread(*key):.1f}"])
        for key in res.rows:
            share = res.share(*key) if key[0] != "-" and key[2] != "plain" else None
            if share:
                out.writerow([key[0], f"{key[1]}-of-floor", key[2], "%", f"{100 * share:.1f}",
                              f"{res.spread(*key):.1f}"])


def read(lines):
    """Rows become results, "about" lines facts; the rest is told at once"""
    res = Results()
    for line in lines:
        words = line.split(maxsplit=2)
        if words and words[0] == "row":
            res.add(*line.split()[1:])
        elif words and words[0] == "about":
            res.about[words[1]] = words[2].strip()
        else:
            print(line.rstrip(), file=sys.stderr, flush=True)
    return res


def main():
    directory = sys.argv[1]
    res = read(sys.stdin)
    res.best = "--best" in sys.argv[2:]
    if not res.rows:
        print("bench: nothing was measured", file=sys.stderr)
        return 1
    tables(res)
    for judged in goals(res), peers_goals(res):
        if judged:
            print()
            columns(judged)
    write_csv(res, os.path.join(directory, "results.csv"))
    with open(os.path.join(directory, "results.svg"), "w", encoding="utf-8") as f:
        f.write(svg.draw(res))
    print(f"\n{directory}/results.csv, {directory}/results.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
