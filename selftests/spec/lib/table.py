#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Print the netlink specification as tables of C, for the fuzzer (selftests/tools/nl-fuzz.c).

  table.py ikevti.yaml
"""

import sys

import yaml

WIDTHS = {'u8': 1, 'u16': 2, 'u32': 4, 's32': 4, 'u64': 8}


def cname(name):
    return name.replace('-', '_')


def limits(attr, enums, consts):
    """Least and largest value, or length of what is no number."""
    checks = {key: consts.get(value, value) for key, value in attr.get('checks', {}).items()}
    if attr['type'] in WIDTHS:
        least, most = 0, (1 << 8 * WIDTHS[attr['type']]) - 1
        if attr.get('enum') in enums:
            least, most = enums[attr['enum']]
        return checks.get('min', least), checks.get('max', most)
    if 'exact-len' in checks:
        return checks['exact-len'], checks['exact-len']
    return checks.get('min-len', 0), checks.get('max-len', 64)


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        spec = yaml.safe_load(file)
    enums, consts = {}, {}
    for item in spec['definitions']:
        if item['type'] == 'const':
            consts[item['name']] = item['value']
        elif item['type'] == 'enum':
            start = item.get('value-start', 0)
            enums[item['name']] = start, start + len(item['entries']) - 1
    sets = [item['name'] for item in spec['attribute-sets']]
    numbers = {}
    print('/* SPDX-License' '-Identifier: GPL-2.0-or-later */')
    print('/* Made by selftests/spec/lib/table.py from the specification */')
    for item in spec['attribute-sets']:
        print(f'static const struct spec_attr spec_{cname(item["name"])}[] = {{')
        for number, attr in enumerate(item['attributes'], 1):
            numbers[item['name'], attr['name']] = number
            least, most = limits(attr, enums, consts)
            nest = sets.index(attr['nested-attributes']) if attr['type'] == 'nest' else -1
            width = WIDTHS.get(attr['type'], 0)
            print(f'\t{{ "{attr["name"]}", "{attr["type"]}", {number}, {width}, {nest},'
                  f' UINT64_C({least}), UINT64_C({most}) }},')
        print('};\n')
    print('static const struct spec_set spec_sets[] = {')
    for name in sets:
        print(f'\t{{ "{name}", spec_{cname(name)}, ARRAY_SIZE(spec_{cname(name)}) }},')
    print('};\n')
    print('static const struct spec_cmd spec_cmds[] = {')
    for number, item in enumerate(spec['operations']['list'], 1):
        if 'do' not in item and 'dump' not in item:
            continue
        wanted = item.get('do', item.get('dump'))['request'].get('attributes', [])
        flags = ', '.join(str(numbers['ikevti', name]) for name in wanted)
        print(f'\t{{ "{item["name"]}", {number}, {str("dump" in item).lower()},'
              f' {len(wanted)}, {{ {flags} }} }},')
    print('};')


if __name__ == '__main__':
    main()
