# SPDX-License-Identifier: GPL-2.0-or-later
"""What selftests/bench/run takes; the same words go on to the lab."""
import argparse
import fnmatch

import scene

TESTS = ["tcp", "tcp500", "ftcp",
         "fwd64", "fwd512", "fwd1400", "fwdmix",
         "fwd64b8", "fwd512b8", "fwd1400b8", "fwdmixb8",
         "fwd64b1", "fwd512b1", "fwd1400b1", "fwdmixb1",
         "pktgen64", "pktgen1400", "iperf3", "lat64", "lat1400", "peers"]


def chosen(everything):
    """A parser of NAME,NAME,...; a name may be a shell pattern"""
    def parse(text):
        names = []
        for pattern in text.replace(",", " ").split():
            some = fnmatch.filter(everything, pattern)
            if not some:
                raise argparse.ArgumentTypeError(f"{pattern}: there are " +
                                                 " ".join(everything))
            names += some
        return [n for n in everything if n in names]
    return parse


def parse(words):
    p = argparse.ArgumentParser(prog="selftests/bench/run",
                                description="Names may be patterns: --tests 'tcp*,fwd64'; of "
                                "`make bench`, TESTS= and so on are what --tests and so on are",
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--rounds", type=int, default=8, help="medians are of so many; of "
                   "five, where more would take too long")
    p.add_argument("--time", type=int, default=600, help="what is too long, s")
    p.add_argument("--tests", type=chosen(TESTS), default=",".join(TESTS))
    p.add_argument("--links", type=chosen(scene.LINKS), default=",".join(scene.LINKS),
                   help="veth, and one whose packets cross one by one")
    p.add_argument("--configs", type=chosen(scene.CONFIGS), default=",".join(scene.CONFIGS))
    p.add_argument("--cpu", type=int, default=150, help="CPU time of one measurement, ms")
    p.add_argument("--gap", type=int, default=20000,
                   help="time between packets where latency is measured, ns; 20000 is a tenth "
                   "of what the xfrm interface forwards")
    p.add_argument("--packets", type=int, default=10000, help="of a latency measurement")
    p.add_argument("--peers", type=int, default=10000,
                   help="of a multipoint device, for the test of that name, which is made with "
                   "the ikevti configurations on the first of the links")
    p.add_argument("--best", action="store_true",
                   help="take the best round instead of the median: for a machine that others "
                   "keep busy, since what they do to the caches only makes slower")
    p.add_argument("--modules", help=argparse.SUPPRESS)
    return p.parse_args(words)
