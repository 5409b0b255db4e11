#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold the netlink specification, the uapi header and the kernel's policies against each other.

  spec.py [TOP]          TOP is the source tree, by default the one this file is in

Names and numbers: every definition, attribute and command of the specification is in the header
with the same number, and the other way round. Types: what the policies in kmod/nl*.c accept has
the type and the limits that the specification says. Commands: the table in kmod/nl.c has those of
the specification, with a policy that accepts exactly the attributes of their requests. KTAP.
"""
import os
import re
import sys

import yaml


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def strip_comments(text):
    return re.sub(r'/\*.*?\*/|//[^\n]*', '', text, flags=re.S)


def cname(*parts):
    return ''.join(parts).replace('-', '_').upper()


class Report:
    """One check after the other, as KTAP."""

    def __init__(self):
        self.count = 0
        self.failed = 0
        print('KTAP version 1')

    def check(self, what, wrong):
        self.count += 1
        if wrong:
            self.failed += 1
        print(f'{"not ok" if wrong else "ok"} {self.count} {what}')
        for line in wrong:
            print(f'# {line}')

    def end(self):
        print(f'1..{self.count}')
        return 1 if self.failed else 0


class Header:
    """Numbers that the uapi header gives to names."""

    def __init__(self, text):
        text = strip_comments(text)
        self.values = {}
        self.enums = {}
        for name, value in re.findall(r'^#define\s+(\w+)[ \t]+(\d+)\s*$', text, re.M):
            self.values[name] = int(value)
        for tag, body in re.findall(r'enum\s*(\w*)\s*\{(.*?)\}', text, re.S):
            self.add_enum(tag, body)

    def add_enum(self, tag, body):
        number = 0
        names = []
        for entry in filter(None, (part.strip() for part in body.split(','))):
            name, _, value = (word.strip() for word in entry.partition('='))
            number = int(value, 0) if value else number
            self.values[name] = number
            names.append(name)
            number += 1
        self.enums[tag or names[0]] = names

    def own(self, tag):
        """Entries of an enum without the marks at its ends."""
        return [name for name in self.enums.get(tag, [])
                if not name.startswith('__') and not name.endswith('_UNSPEC')]


class Policies:
    """The attribute policies written in C files."""

    ENTRY = re.compile(r'\[(\w+)\]\s*=\s*(.*?)(?=,\s*\[\w+\]\s*=|,?\s*$)', re.S)

    def __init__(self, files, header):
        self.header = header
        self.defines = {}
        self.arrays = {}
        for path in files:
            self.parse(os.path.basename(path), strip_comments(read(path)))

    def parse(self, file, text):
        for name, value in re.findall(r'^#define\s+(\w+)[ \t]+(\d+)\s*$', text, re.M):
            self.defines[name] = int(value)
        ranges = {name: body for name, body in re.findall(
            r'struct netlink_range_validation (\w+) = \{(.*?)\};', text, re.S)}
        for name, body in re.findall(r'struct nla_policy (\w+)\[[^\]]*\] = \{(.*?)\};', text, re.S):
            key = name if name.startswith('ikevti_') else f'{file}:{name}'
            self.arrays[key] = {attr: self.policy(file, value, ranges)
                                for attr, value in self.ENTRY.findall(body)}

    def number(self, text):
        known = {**self.defines, **self.header.values, 'AF_INET': 2, 'AF_INET6': 10,
                 'U32_MAX': 0xffffffff}
        terms = [part.strip() for part in text.split('-')]
        values = [known[term] if term in known else int(term, 0) for term in terms]
        return values[0] - sum(values[1:])

    def policy(self, file, value, ranges):
        value = re.sub(r'\s+', ' ', value.strip())
        found = re.fullmatch(r'\{ \.type = NLA_(\w+),? \}', value)
        if found:
            return {'type': found[1].lower()}
        found = re.fullmatch(r'NLA_POLICY_(\w+)\((.*)\)', value)
        if not found:
            raise ValueError(f'{file}: policy not understood: {value}')
        kind, args = found[1], [part.strip() for part in found[2].split(',')]
        if kind == 'NESTED':
            shared = args[0].startswith('ikevti_')
            return {'type': 'nest', 'array': args[0] if shared else f'{file}:{args[0]}'}
        if kind == 'EXACT_LEN':
            return {'type': 'binary', 'exact-len': self.number(args[0])}
        result = {'type': args[0].removeprefix('NLA_').lower()}
        suffix = '-len' if result['type'] == 'binary' else ''
        if kind == 'FULL_RANGE':
            body = ranges[args[1].lstrip('&')]
            for name, bound in re.findall(r'\.(min|max) = (\w+)', body):
                if self.number(bound) != 0xffffffff:
                    result[name] = self.number(bound)
        elif kind == 'RANGE':
            result['min' + suffix] = self.number(args[1])
            result['max' + suffix] = self.number(args[2])
        elif kind in ('MIN', 'MAX'):
            result[kind.lower()] = self.number(args[1])
        else:
            raise ValueError(f'{file}: policy not understood: {value}')
        return result


def check_definitions(report, spec, header):
    wrong = []
    for item in spec['definitions']:
        name = item['name']
        if item['type'] == 'const':
            have = header.values.get(cname('ikevti-', name))
            if have != item['value']:
                wrong.append(f'{name}: specification {item["value"]}, header {have}')
            continue
        prefix = {'dev-state': 'dev', 'path-state': 'path', 'sa-dir': 'sa',
                  'sa-state': 'sa'}.get(name, name)
        want = [cname('ikevti-', prefix, '-', entry['name']) for entry in item['entries']]
        have = header.enums.get(cname('ikevti-', name).lower(), [])
        if want != have:
            wrong.append(f'{name}: specification {want}, header {have}')
        for number, entry in enumerate(want, item.get('value-start', 0)):
            if header.values.get(entry) != number:
                wrong.append(f'{entry}: specification {number}, header {header.values.get(entry)}')
    report.check('constants and enumerations have the same names and numbers', wrong)


def check_numbers(report, what, names, header, tag):
    """Names in the order of the specification are numbered from 1 like those of the enum."""
    wrong = []
    have = sorted(header.own(tag), key=header.values.get)
    for number, name in enumerate(names, 1):
        if header.values.get(name) != number:
            wrong.append(f'{name}: specification {number}, header {header.values.get(name)}')
    wrong += [f'{name} is in the header only' for name in have if name not in names]
    report.check(f'{what}: same names and numbers', wrong)


def spec_type(attr):
    wanted = {'type': attr['type']}
    for name, value in attr.get('checks', {}).items():
        wanted[name] = value
    return wanted


def compare_policy(name, attr, policy):
    want = spec_type(attr)
    have = {key: value for key, value in policy.items() if key != 'array'}
    return [] if want == have else [f'{name}: specification {want}, policy {have}']


def check_policies(report, sets, policies):
    """Every policy found in the kernel, nested ones under the set of their attribute."""
    for array, entries in policies.arrays.items():
        wrong = []
        set_name = None
        for name, policy in entries.items():
            owner = next((s for s in sets.values() if name.startswith(s['prefix'])
                          and name.removeprefix(s['prefix']) in s['attrs']), None)
            if not owner:
                wrong.append(f'{name} is in no attribute set')
                continue
            if set_name and owner['name'] != set_name:
                wrong.append(f'{name} belongs to {owner["name"]}, others to {set_name}')
            set_name = owner['name']
            attr = owner['attrs'][name.removeprefix(owner['prefix'])]
            wrong += compare_policy(name, attr, policy)
            if policy['type'] == 'nest':
                inner = policies.arrays.get(policy['array'], {})
                prefix = sets[attr['nested-attributes']]['prefix']
                wrong += [f'{name} nests {entry}' for entry in inner
                          if not entry.startswith(prefix)]
        if not entries:
            wrong.append('is empty')
        report.check(f'policy {array} is of the types and limits specified', wrong)


def kernel_commands(text):
    table = {}
    for body in re.findall(r'\{\s*(\.cmd\s*=.*?)\}', strip_comments(text), re.S):
        table_entry = dict(re.findall(r'\.(\w+)\s*=\s*(\w+)', body))
        table[table_entry['cmd']] = table_entry
    return table


def request_attributes(operation):
    return {kind: set(operation[kind].get('request', {}).get('attributes', []))
            for kind in ('do', 'dump') if kind in operation}


def check_command(report, operation, entry, policies):
    wrong = []
    requests = request_attributes(operation)
    for kind, attributes in requests.items():
        if kind + 'it' not in entry:
            wrong.append(f'the kernel has no {kind}it')
        accepted = {name.removeprefix('IKEVTI_A_').lower().replace('_', '-')
                    for name in policies.arrays.get(entry.get('policy'), {})}
        if accepted != attributes:
            wrong.append(f'{kind}: specification {sorted(attributes)}, policy {sorted(accepted)}')
    for kind in ('do', 'dump'):
        if kind + 'it' in entry and kind not in requests:
            wrong.append(f'the kernel has a {kind}it, the specification has none')
    flags = [flag.replace('-', '_').upper() for flag in operation.get('flags', [])]
    if flags != [entry.get('flags', '').removeprefix('GENL_')]:
        wrong.append(f'flags: specification {flags}, kernel {entry.get("flags")}')
    report.check(f'command {operation["name"]} takes what is specified', wrong)


def check_commands(report, spec, header, policies, text):
    operations = spec['operations']['list']
    names = [cname('ikevti-cmd-', item['name']) for item in operations]
    check_numbers(report, 'commands', names, header, 'ikevti_cmd')
    table = kernel_commands(text)
    for name, operation in zip(names, operations):
        if 'event' in operation:
            report.check(f'event {operation["name"]} is no command of the kernel',
                         [f'{name} is in its table'] if name in table else [])
        elif name in table:
            check_command(report, operation, table[name], policies)
        else:
            report.check(f'command {operation["name"]}', ['the kernel does not have it'])
    report.check('the kernel has no other commands',
                 [name for name in table if name not in names])


def check_names(report, spec, header_text):
    """Family and multicast group."""
    wrong = []
    groups = [group['name'] for group in spec['mcast-groups']['list']]
    for macro, want in (('IKEVTI_GENL_NAME', spec['name']), ('IKEVTI_MCGRP_EVENTS', groups[0])):
        found = re.search(rf'#define {macro}\s+"(\w+)"', header_text)
        if not found or found[1] != want:
            wrong.append(f'{macro}: specification {want}, header {found and found[1]}')
    report.check('family and group are called the same', wrong)


def check_link(report, header, policies):
    """The link's own attributes: those of the header, all of them, and no more."""
    have = policies.arrays.get('link.c:link_policy', {})
    want = set(header.own('IFLA_IKEVTI_UNSPEC'))
    report.check('rtnetlink: policy and header have the same attributes',
                 sorted(want.symmetric_difference(have)))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, '..', '..')
    kmod = os.path.join(top, 'kmod')
    header_text = read(os.path.join(top, 'uapi/linux/ikevti.h'))
    spec = yaml.safe_load(read(os.path.join(top, 'Documentation/netlink/specs/ikevti.yaml')))
    header = Header(header_text)
    files = sorted(os.path.join(kmod, name) for name in os.listdir(kmod)
                   if re.fullmatch(r'(nl.*|link)\.c', name) and not name.endswith('.mod.c'))
    policies = Policies(files, header)
    sets = {item['name']: {
        'name': item['name'],
        'prefix': cname(item['name-prefix']),
        'attrs': {cname(attr['name']): attr for attr in item['attributes']},
    } for item in spec['attribute-sets']}

    report = Report()
    check_names(report, spec, header_text)
    check_definitions(report, spec, header)
    for item in spec['attribute-sets']:
        names = [cname(item['name-prefix'], attr['name']) for attr in item['attributes']]
        check_numbers(report, f'attributes of {item["name"]}', names, header,
                      item['enum-name'].replace('-', '_'))
    check_link(report, header, policies)
    genl = Policies([path for path in files if not path.endswith('link.c')], header)
    check_policies(report, sets, genl)
    check_commands(report, spec, header, genl, read(os.path.join(kmod, 'nl.c')))
    return report.end()


if __name__ == '__main__':
    sys.exit(main())
