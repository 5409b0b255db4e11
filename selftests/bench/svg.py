# SPDX-License-Identifier: GPL-2.0-or-later
"""Bars of every test's ratio to the xfrm interface, one panel for each kind of link."""

COLOURS = {"xfrm-udp": "#b8b8b8", "wireguard": "#d98a3d", "ikevti": "#7fa7d6",
           "ikevti-udp": "#1f5fa8"}
BAR, GAP, LEFT, PLOT, PANEL = 9, 8, 92, 330, 470
TOP, BOTTOM = 64, 34
FONT = "font-family='sans-serif' font-size='11'"


def text(x, y, words, more=""):
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return f"<text x='{x:.1f}' y='{y:.1f}' {more}>{words}</text>"


def panel(res, link, x0, tests, configs, most):
    """One kind of link; returns its elements"""
    out = [text(x0 + LEFT, TOP - 14, f"link: {link}", "font-weight='bold'")]
    step = 0.5 if most <= 3 else 1
    height = len(tests) * (len(configs) * BAR + GAP)
    n = 0
    while n * step <= most:
        x = x0 + LEFT + PLOT * n * step / most
        strong = n * step == 1
        out.append(f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{TOP}' y2='{TOP + height}' "
                   f"stroke='{'#555' if strong else '#ddd'}'/>")
        out.append(text(x, TOP + height + 14, f"{n * step:g}", "text-anchor='middle'"))
        n += 1
    y = TOP + GAP / 2
    for test in tests:
        out.append(text(x0 + LEFT - 6, y + len(configs) * BAR / 2 + 4, test,
                        "text-anchor='end'"))
        for config in configs:
            ratio = res.ratio(link, test, config)
            if ratio:
                width = PLOT * ratio / most
                out.append(f"<rect x='{x0 + LEFT}' y='{y:.1f}' width='{width:.1f}' "
                           f"height='{BAR - 1}' fill='{COLOURS[config]}'>"
                           f"<title>{link} {test} {config}: {ratio:.2f}</title></rect>")
                if config == configs[-1]:
                    out.append(text(x0 + LEFT + width + 3, y + BAR - 1.5, f"{ratio:.2f}",
                                    "font-size='9'"))
            y += BAR
        y += GAP
    return out


def draw(res):
    """The whole picture; res is report.Results"""
    tests = [t for t in res.tests() if not t.startswith("lat")]
    configs = [c for c in res.configs() if c in COLOURS]
    links = res.links()
    most = max((res.ratio(l, t, c) or 0 for l in links for t in tests for c in configs),
               default=0)
    most = max(1.5, most * 1.1)
    width = max(PANEL * len(links), 560) + 10
    height = TOP + len(tests) * (len(configs) * BAR + GAP) + BOTTOM
    out = [f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
           f"width='{width}' height='{height}' {FONT} fill='#222'>",
           f"<rect width='{width}' height='{height}' fill='#fff'/>",
           text(12, 18, "Traffic per second of CPU time, xfrm interface with native ESP = 1",
                "font-weight='bold' font-size='13'")]
    x = 12
    for config in configs:
        out.append(f"<rect x='{x}' y='27' width='10' height='10' fill='{COLOURS[config]}'/>")
        out.append(text(x + 14, 36, config))
        x += 30 + 7 * len(config)
    for i, link in enumerate(links):
        out += panel(res, link, i * PANEL, tests, configs, most)
    out.append("</svg>")
    return "\n".join(out) + "\n"
