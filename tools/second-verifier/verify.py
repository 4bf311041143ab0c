#!/usr/bin/env python3
"""A second verifier of Runledger's trail, written from docs/verify.md and docs/ledger.md alone.

It shares no code and no language with the server, and needs only Python 3.9 or newer.

    verify.py ledger  events.jsonl [--checkpoint FILE]... [--tiles WHERE] [--archives FOLDER] (--key KEY | --policy FILE)
    verify.py tiles   WHERE        [--since FILE]... (--key KEY | --policy FILE)
    verify.py proof   FILE         [--run ID] (--key KEY | --policy FILE)
    verify.py checkpoint FILE      (--key KEY | --policy FILE)
    verify.py archive FILE         (--key KEY | --policy FILE)
    verify.py each                 < commands: one JSON array of arguments a line; one JSON answer a line

WHERE is a folder, or the address of a log, such as https://ledger.example/api/v2/trail (with the token in RUNLEDGER_TOKEN).
Exit code 0: good. 1: not good, and the message says what is wrong, and where. 2: it could not be checked.
"""
import argparse
import base64
import copy
import functools
import gzip
import hashlib
import io
import json
import os
import re
import sys
import urllib.error
import urllib.request
import zlib
from datetime import datetime, timedelta, timezone

MEBIBYTE = 1024 * 1024
LINE_LIMIT = 64 * MEBIBYTE  # an event's line in an export
FILE_LIMIT = 512 * MEBIBYTE  # a proof of a run, and a line of an archive
NOTE_LIMIT = MEBIBYTE  # a checkpoint, a policy
TILE_WIDTH = 256
ENTRY_BYTES = 81
BUNDLE_LIMIT = TILE_WIDTH * (2 + ENTRY_BYTES)
ZERO = bytes(32)


class NotGood(Exception):
    """What was read is not what was recorded or signed."""


class CannotCheck(Exception):
    """A file is not there, or the command is wrong."""


def check(condition, message):
    if not condition:
        raise NotGood(message)


def sha256(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


# ---------------------------------------------------------------- reading


def read_file(path, limit):
    try:
        with open(path, 'rb') as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise CannotCheck(f'{path}: {error.strerror}') from None
    check(len(content) <= limit, f'{path} is larger than {limit} bytes')
    return content


def lines_of(file, name, limit):
    """The lines of an open file, each ended by a newline."""
    number = 0
    while True:
        number += 1
        try:
            line = file.readline(limit + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise NotGood(f'{name}, line {number}: {error}') from None
        if line == b'':
            return
        check(len(line) <= limit, f'{name}, line {number} is larger than {limit} bytes')
        check(line.endswith(b'\n'), f'{name}, line {number} has no end: the file is not whole')
        yield number, line


def parse_json(content, name):
    def members(pairs):
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError('a member occurs twice')
        return found

    def constant(word):
        raise ValueError(f'{word} is not JSON')

    try:
        return json.loads(content.decode('utf-8'), object_pairs_hook=members, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise NotGood(f'{name} is not JSON: {error}') from None


def take(record, name, required, optional=()):
    """Refuses a record that lacks a member, or has one that the format does not have."""
    check(isinstance(record, dict), f'{name} is not an object')
    for member in required:
        check(member in record, f'{name} has no {member}')
    for member in record:
        check(member in required or member in optional, f'{name} has a member that the format does not have: {member}')
    return record


def text(record, member, name):
    value = record[member]
    check(isinstance(value, str), f'{name}: {member} is not a text')
    try:
        return value.encode('utf-8')
    except UnicodeEncodeError:
        raise NotGood(f'{name}: {member} is not Unicode') from None


def integer(record, member, name, least=0):
    value = record[member]
    check(type(value) is int and least <= value < 2**63, f'{name}: {member} is not a whole number from {least}')
    return value


def from_base64(value, name, size=None):
    """Bytes of the one correct base64 text for them."""
    try:
        content = base64.b64decode(value, validate=True)
    except (ValueError, TypeError):
        raise NotGood(f'{name} is not base64') from None
    written = value.encode('ascii') if isinstance(value, str) else value
    check(base64.b64encode(content) == written, f'{name} is not base64 in its one correct form')
    check(size is None or len(content) == size, f'{name} has {len(content)} bytes instead of {size}')
    return content


def from_hex(value, name, size):
    check(isinstance(value, str) and re.fullmatch('[0-9a-f]*', value) and len(value) == 2 * size, f'{name} is not {2 * size} digits 0-9a-f')
    return bytes.fromhex(value)


def moment(microseconds):
    try:
        at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=microseconds)
    except OverflowError:
        return f'{microseconds} µs'
    return at.isoformat(timespec='microseconds').replace('+00:00', 'Z')


# ---------------------------------------------------------------- Ed25519 (RFC 8032, section 5.1.7)

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add_points(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    m, n = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def sum_of_products(m, a, n, b):
    """m·a + n·b, bit by bit from the highest."""
    both, result = add_points(a, b), (0, 1, 1, 0)
    for bit in range(max(m, n).bit_length() - 1, -1, -1):
        result = add_points(result, result)
        summand = (None, a, b, both)[(m >> bit & 1) + 2 * (n >> bit & 1)]
        if summand:
            result = add_points(result, summand)
    return result


def recover_x(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P != 0 or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def decode_point(content):
    number = int.from_bytes(content, 'little')
    y, sign = number & (2**255 - 1), number >> 255
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def encode_point(point):
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, 'little')


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, 'little'))


@functools.lru_cache(maxsize=4096)
def is_signature(public_key, message, signature):
    a = decode_point(public_key)
    s = int.from_bytes(signature[32:], 'little')
    if a is None or len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), 'little') % L
    minus_a = (P - a[0], a[1], a[2], P - a[3])
    return encode_point(sum_of_products(s, BASE, k, minus_a)) == signature[:32]


# ---------------------------------------------------------------- keys, policies, notes (C2SP)

LOG_KEY, WITNESS_KEY = 1, 4


class Key:
    """A verifier key of C2SP signed-note: <name>+<id>+<base64 of type ‖ key>."""

    def __init__(self, vkey, kind):
        parts = vkey.split('+', 2)
        if len(parts) != 3 or not re.fullmatch(r'[^\s+]+', parts[0]) or not re.fullmatch('[0-9a-f]{8}', parts[1]):
            raise CannotCheck(f'{vkey} is not a key such as ledger.example/prod+235edbb5+AddamAGC…')
        try:
            typed = from_base64(parts[2], 'key', 33)
        except NotGood as error:
            raise CannotCheck(f'{vkey}: {error}') from None
        self.vkey, self.name, self.id, self.public = vkey, parts[0], bytes.fromhex(parts[1]), typed[1:]
        if typed[0] != kind:
            raise CannotCheck(f'{vkey}: the type of the key is {typed[0]:02x} instead of {kind:02x}')
        if sha256(self.name.encode(), b'\n', typed)[:4] != self.id:
            raise CannotCheck(f'{vkey}: the id does not belong to the name and the key')


class Trust:
    """Whom the reader trusts: one key of a log, or a policy (C2SP tlog-policy)."""

    def __init__(self, key=None, policy=None):
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, None
        if key is not None:
            self.logs.append(Key(key, LOG_KEY))
            return
        try:
            lines = read_file(policy, NOTE_LIMIT).decode('utf-8').split('\n')
        except UnicodeDecodeError:
            raise CannotCheck(f'{policy} is not UTF-8') from None
        for number, line in enumerate(lines, 1):
            words = line.split()
            if words and not words[0].startswith('#'):
                self.take_line(words, f'{policy}, line {number}')
        if not self.logs or self.quorum is None:
            raise CannotCheck(f'{policy} needs a line log and a line quorum')

    def take_line(self, words, name):
        if words[0] == 'log' and len(words) in (2, 3):
            self.logs.append(Key(words[1], LOG_KEY))
        elif words[0] == 'witness' and len(words) in (3, 4) and self.is_new(words[1]):
            key = Key(words[2], WITNESS_KEY)
            if any(key.public == other.public for other in self.witnesses.values()):
                raise CannotCheck(f'{name}: another witness has the same key')
            self.witnesses[words[1]] = key
        elif words[0] == 'group' and len(words) > 3 and self.is_new(words[1]):
            members = words[3:]
            least = {'any': '1', 'all': str(len(members))}.get(words[2], words[2])
            if any(self.is_new(member) for member in members) or len(set(members)) != len(members):
                raise CannotCheck(f'{name}: each member needs its own line above, and counts once')
            if not re.fullmatch('[1-9][0-9]{0,8}', least) or int(least) > len(members):
                raise CannotCheck(f'{name}: {words[2]} of {len(members)} cannot be')
            self.groups[words[1]] = (int(least), members)
        elif words[0] == 'quorum' and len(words) == 2 and self.quorum is None and (words[1] == 'none' or not self.is_new(words[1])):
            self.quorum = words[1]
        else:
            raise CannotCheck(f'{name} is no line of a policy, or out of place: {" ".join(words)}')

    def without_quorum(self):
        """The same keys, whoever has signed."""
        trust = copy.copy(self)
        trust.quorum = None
        return trust

    def is_new(self, name):
        return name != 'none' and name not in self.witnesses and name not in self.groups

    def reaches(self, name, signed):
        if name in self.groups:
            least, members = self.groups[name]
            return sum(self.reaches(member, signed) for member in members) >= least
        return name in signed


class Checkpoint:
    """A signed note that holds the size and the root of the tree."""

    def __init__(self, content, trust, name):
        check(len(content) <= NOTE_LIMIT, f'{name} is larger than {NOTE_LIMIT} bytes')
        try:
            note = content.decode('utf-8')
        except UnicodeDecodeError:
            raise NotGood(f'{name} is not UTF-8') from None
        check(all(c >= ' ' or c == '\n' for c in note), f'{name} has a control character')
        body, separator, signatures = note.rpartition('\n\n')
        check(separator and signatures.endswith('\n'), f'{name} is not a signed note: text, an empty line, signatures')
        body += '\n'
        lines = body[:-1].split('\n')
        check(len(lines) >= 3 and all(lines), f'{name} needs three lines: origin, size and root')
        check(re.fullmatch('0|[1-9][0-9]{0,18}', lines[1]), f'{name}: the size is not a number')
        self.name, self.origin, self.size = name, lines[0], int(lines[1])
        self.root = from_base64(lines[2], f'{name}: the root', 32)
        check(self.size > 0 or self.root == sha256(), f'{name}: the root of an empty tree is another one')
        self.verify(body, signatures[:-1].split('\n'), trust)

    def verify(self, body, lines, trust):
        key = next((log for log in trust.logs if log.name == self.origin), None)
        check(key, f'{self.name} is of the log {self.origin}, and the key is of {" ".join(log.name for log in trust.logs)}')
        check(len(lines) <= 100, f'{self.name} has more than 100 signatures')
        self.key, by_log, self.seen = key, False, {}
        for line in lines:
            parts = line.split(' ')
            check(len(parts) == 3 and parts[0] == '—' and parts[1], f'{self.name} has a line that is no signature: {line}')
            signature = from_base64(parts[2], f'{self.name}: the signature of {parts[1]}')
            check(len(signature) > 4, f'{self.name}: the signature of {parts[1]} is too short')
            if (parts[1], signature[:4]) == (key.name, key.id):
                check(is_signature(key.public, body.encode(), signature[4:]), f'{self.name}: the signature of the log {key.name} is wrong')
                by_log = True
            for name, witness in trust.witnesses.items():
                if (parts[1], signature[:4]) == (witness.name, witness.id):
                    self.seen[name] = self.cosigned(body, witness, signature[4:])
        check(by_log, f'{self.name} has no signature of the log {key.name} with this key')
        if trust.quorum not in (None, 'none'):
            check(trust.reaches(trust.quorum, self.seen), f'{self.name} has signatures of {len(self.seen)} known witnesses: too few for {trust.quorum}')

    def cosigned(self, body, witness, content):
        check(len(content) == 72, f'{self.name}: the cosignature of {witness.name} has {len(content)} bytes instead of 72')
        at = int.from_bytes(content[:8], 'big')
        message = f'cosignature/v1\ntime {at}\n{body}'.encode()
        check(is_signature(witness.public, message, content[8:]), f'{self.name}: the cosignature of {witness.name} is wrong')
        return at

    def describe(self):
        seen = [f'{name} saw it at {moment(at * 1000000)}' for name, at in self.seen.items()]
        return ', '.join([f'checkpoint of {self.origin}, size {self.size}', *seen])


def read_checkpoint(path, trust):
    return Checkpoint(read_file(path, NOTE_LIMIT), trust, path)


# ---------------------------------------------------------------- events, entries, the tree (RFC 6962)


def field(content):
    return len(content).to_bytes(4, 'big') + content


def digest_of(salt, *texts):
    return sha256(field(salt), *map(field, texts))


def next_hash(previous, position, recorded_at, digest):
    return sha256(previous, position.to_bytes(8, 'big'), recorded_at.to_bytes(8, 'big'), digest)


def entry_of(position, recorded_at, digest, hash):
    return b'\1' + position.to_bytes(8, 'big') + recorded_at.to_bytes(8, 'big') + digest + hash


def read_entry(entry, name):
    """Position, time, digest and hash of an entry."""
    check(len(entry) == ENTRY_BYTES, f'{name} has {len(entry)} bytes instead of {ENTRY_BYTES}')
    check(entry[0] == 1, f'{name} begins with {entry[0]:02x} instead of 01')
    return int.from_bytes(entry[1:9], 'big'), int.from_bytes(entry[9:17], 'big'), entry[17:49], entry[49:]


def leaf_of(entry):
    return sha256(b'\0', entry)


def node_of(left, right):
    return sha256(b'\1', left, right)


class Tree:
    """The Merkle tree over leaves that come one by one. It keeps the roots at the sizes that are asked for, and the hashes of levels 1, 2 …"""

    def __init__(self, sizes=()):
        self.size, self.stack, self.levels = 0, [], {}
        self.roots = {size: sha256() for size in sizes if size == 0}
        self.sizes = set(sizes)

    def add(self, leaf):
        height = 0
        while self.stack and self.stack[-1][0] == height:
            leaf, height = node_of(self.stack.pop()[1], leaf), height + 1
            if height % 8 == 0:
                self.levels.setdefault(height // 8, []).append(leaf)
        self.stack.append((height, leaf))
        self.size += 1
        if self.size in self.sizes:
            self.roots[self.size] = self.root()

    def root(self):
        root = None
        for _, hash in reversed(self.stack):
            root = hash if root is None else node_of(hash, root)
        return sha256() if root is None else root


def root_by_proof(leaf, index, size, path):
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2), or None if it has another length than the place in the tree wants."""
    node, last, hash = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            hash = node_of(sibling, hash)
            while node & 1 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            hash = node_of(hash, sibling)
        node, last = node >> 1, last >> 1
    return hash if last == 0 else None


# ---------------------------------------------------------------- a run


class Run:
    """A proof of a run (runledger.run-proof/1), checked. `entries` are those of its events, by position."""

    def __init__(self, proof, trust, name, wanted=None):
        take(proof, name, ('format', 'run', 'origin', 'key', 'checkpoint', 'hashes', 'later', 'events'), ('plan',))
        check(proof['format'] == 'runledger.run-proof/1', f'{name}: the format is not runledger.run-proof/1')
        self.id, self.entries, self.withheld = text(proof, 'run', name), {}, []
        check(wanted is None or self.id == wanted.encode(), f'{name} is of the run {proof["run"]}')
        self.checkpoint = Checkpoint(text(proof, 'checkpoint', name), trust, f'{name}: the checkpoint')
        check(proof['key'] == self.checkpoint.key.vkey, f'{name} names the key {proof["key"]}, which is not the one that is trusted')
        check(proof['origin'] == self.checkpoint.origin, f'{name} names the origin {proof["origin"]}, and the checkpoint another')
        self.later = integer(proof, 'later', name)
        for member in ('hashes', 'events'):
            check(isinstance(proof[member], list), f'{name}: {member} is not a list')
        hashes = [from_base64(hash, f'{name}: hash {place}', 32) for place, hash in enumerate(proof['hashes'])]
        before, self.used = None, set()
        for number, event in enumerate(proof['events'], 1):
            before = self.take_event(event, f'{name}, event {number}', hashes, before)
        self.versions = [event['streamVersion'] for event in proof['events']]
        check(self.versions == list(range(1, len(self.versions) + 1)), f'{name}: the versions of its events are not 1 to {len(self.versions)}')
        check(len(self.used) == len(hashes), f'{name} has hashes that no event uses')
        self.whole = bool(self.versions) and proof['events'][-1]['type'] == 'WorkflowRunFinalized'
        self.take_plan(proof, name)

    def take_event(self, event, name, hashes, before):
        shown = not (isinstance(event, dict) and 'withheld' in event)
        members = ('salt', 'data', 'metadata') if shown else ('digest', 'withheld')
        take(event, name, ('position', 'recordedAt', 'streamVersion', 'type', 'schemaVersion', 'hash', 'proof', *members))
        position = integer(event, 'position', name, 1)
        name = f'{name} at position {position}'
        recorded_at, version = self.time(event, name), integer(event, 'streamVersion', name, 1)
        schema, hash = integer(event, 'schemaVersion', name, 1), from_base64(event['hash'], f'{name}: hash', 32)
        kind = text(event, 'type', name)
        check(before is None or position > before[0], f'{name} is not after the event before it')
        if shown:
            salt = from_base64(event['salt'], f'{name}: salt', 16)
            texts = (self.id, str(version).encode(), kind, str(schema).encode(), text(event, 'data', name), text(event, 'metadata', name))
            digest = digest_of(salt, *texts)
        else:
            text(event, 'withheld', name)
            digest = from_base64(event['digest'], f'{name}: digest', 32)
            self.withheld.append(position)
        if before is not None and position == before[0] + 1:
            check(next_hash(before[1], position, recorded_at, digest) == hash, f'{name}: the event is not the one that its hash stands for')
        check(position <= self.checkpoint.size, f'{name} is behind the checkpoint, which has {self.checkpoint.size}')
        places = event['proof']
        check(isinstance(places, list) and all(type(p) is int and 0 <= p < len(hashes) for p in places), f'{name}: proof is not a list of places in hashes')
        self.used.update(places)
        entry = entry_of(position, recorded_at, digest, hash)
        root = root_by_proof(leaf_of(entry), position - 1, self.checkpoint.size, [hashes[p] for p in places])
        check(root == self.checkpoint.root, f'{name}: this event is not in the log')
        self.entries[position] = entry
        return position, hash

    def time(self, event, name):
        written = text(event, 'recordedAt', name).decode()
        check(re.fullmatch('0|[1-9][0-9]{0,17}', written), f'{name}: recordedAt is not microseconds in decimal digits')
        return int(written)

    def take_plan(self, proof, name):
        self.plan = 'no plan is shown'
        first = next(iter(proof['events']), None)
        data = parse_json(text(first, 'data', name), f'{name}: data of the first event') if first and 'data' in first else None
        if data is not None:
            check(isinstance(data, dict) and data.get('runId') == proof['run'], f'{name}: the first event is of another run')
        if 'plan' in proof:
            hash = sha256(text(proof, 'plan', name)).hex()
            if data is None:
                self.plan = f'the plan has the hash {hash}; the first event is withheld, so nothing proves that it is the plan of this run'
            else:
                check(data.get('plan') == hash, f'{name}: the plan is not the one that the first event names')
                self.plan = 'its plan is the one that its first event names'

    def describe(self):
        count, withheld = len(self.entries), len(self.withheld)
        lines = [f'run {self.id.decode()}: {count} events are in the log', self.checkpoint.describe()]
        lines.append('the run is finished, and these are all of its events' if self.whole else f'the run goes on, or has events that the checkpoint does not hold yet ({self.later})')
        if withheld:
            lines.append(f'{withheld} of them are withheld, at {", ".join(map(str, self.withheld[:20]))}: of these, only position, time and digest are proven, not type, version and run')
        if withheld == count:
            lines.append('none of its events is shown, so nothing proves that they are of this run')
        return lines + [self.plan]


def verify_proof(arguments, trust):
    content = read_file(arguments.file, FILE_LIMIT)
    if not content.startswith(b'c2sp.org/tlog-proof@v1'):
        return Run(parse_json(content, arguments.file), trust, arguments.file, arguments.run).describe()
    if arguments.run is not None:
        raise CannotCheck('--run is for a proof of a run; a proof of one event does not name it')
    name = arguments.file
    head, separator, note = content.partition(b'\n\n')
    check(separator, f'{name} has no checkpoint')
    lines = head.split(b'\n')
    check(lines[0] == b'c2sp.org/tlog-proof@v1', f'{name}: the first line is not c2sp.org/tlog-proof@v1')
    check(len(lines) > 2 and lines[1].startswith(b'extra '), f'{name}: the second line is not extra')
    check(re.fullmatch(b'index (0|[1-9][0-9]{0,18})', lines[2]), f'{name}: the third line is not index')
    entry, index = from_base64(lines[1][6:], f'{name}: extra'), int(lines[2][6:])
    path = [from_base64(line, f'{name}, line {number}', 32) for number, line in enumerate(lines[3:], 4)]
    position, recorded_at, digest, hash = read_entry(entry, f'{name}: extra')
    check(position == index + 1, f'{name}: the index is {index}, and the entry is of position {position}')
    checkpoint = Checkpoint(note, trust, f'{name}: the checkpoint')
    check(index < checkpoint.size, f'{name}: position {position} is behind the checkpoint, which has {checkpoint.size}')
    check(root_by_proof(leaf_of(entry), index, checkpoint.size, path) == checkpoint.root, f'{name}: the entry of position {position} is not in the log')
    return [f'position {position}, recorded at {moment(recorded_at)}, is in the log', checkpoint.describe(), f'digest {digest.hex()}, hash {hash.hex()}']


# ---------------------------------------------------------------- the log (C2SP tlog-tiles)


class Log:
    """A log's files: in a folder, or behind an address."""

    def __init__(self, where):
        self.where, self.remote = where.rstrip('/'), where.startswith(('http://', 'https://'))
        if not self.remote and not os.path.isdir(where):
            raise CannotCheck(f'{where} is not a folder')

    def read(self, path, limit):
        """The content, or None if the log has no such file."""
        if not self.remote:
            try:
                return read_file(os.path.join(self.where, path), limit)
            except CannotCheck:
                return None
        token = os.environ.get('RUNLEDGER_TOKEN')
        request = urllib.request.Request(f'{self.where}/{path}', headers={'Authorization': f'Bearer {token}'} if token else {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                content = answer.read(limit + 1)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise CannotCheck(f'{self.where}/{path}: status {error.code}') from None
        except OSError as error:
            raise CannotCheck(f'{self.where}/{path}: {error}') from None
        check(len(content) <= limit, f'{path} is larger than {limit} bytes')
        return content

    def tile(self, kind, number, width):
        """A tile of which `width` are wanted: the partial one, or the full one in its place."""
        path = f'tile/{kind}/{tile_number(number)}'
        content = self.read(f'{path}.p/{width}', BUNDLE_LIMIT) if width < TILE_WIDTH else None
        if content is None:
            content = self.read(path, BUNDLE_LIMIT)
        check(content is not None, f'{path} is missing in the log')
        return content

    def checkpoint(self, trust):
        content = self.read('checkpoint', NOTE_LIMIT)
        if content is None:
            raise CannotCheck(f'{self.where} has no checkpoint')
        return Checkpoint(content, trust, f'{self.where}/checkpoint')

    def files(self, under):
        """Paths of all files in a folder of the log's folder."""
        for folder, _, files in os.walk(os.path.join(self.where, under)):
            for file in files:
                yield os.path.relpath(os.path.join(folder, file), self.where).replace(os.sep, '/')

    def earlier(self, trust):
        """The checkpoints that a folder keeps; an address does not serve them. Witnesses need not have signed them all."""
        for path in () if self.remote else sorted(self.files('checkpoints')):
            checkpoint = Checkpoint(self.read(path, NOTE_LIMIT), trust.without_quorum(), path)
            check(path == f'checkpoints/{checkpoint.size}', f'{path} is of size {checkpoint.size}')
            yield checkpoint


def tile_number(number):
    """1234067 is x001/x234/067."""
    path = f'{number % 1000:03}'
    while number >= 1000:
        number //= 1000
        path = f'x{number % 1000:03}/{path}'
    return path


def bundle_entries(content, name):
    entries, offset = [], 0
    while offset < len(content):
        length = int.from_bytes(content[offset : offset + 2], 'big')
        entry = content[offset + 2 : offset + 2 + length]
        check(len(entry) == length, f'{name}: entry {len(entries)} is cut')
        entries.append(entry)
        offset += 2 + length
    check(0 < len(entries) <= TILE_WIDTH, f'{name} has {len(entries)} entries')
    return entries


def widths(count):
    """Number and width of each tile that `count` hashes or entries are in."""
    for number in range((count + TILE_WIDTH - 1) // TILE_WIDTH):
        yield number, min(TILE_WIDTH, count - number * TILE_WIDTH)


def walk_log(log, size, sizes):
    """Checks entries, chain and tiles of the first `size` entries; yields each entry. Returns the tree."""
    tree, hash, time = Tree({size, *sizes}), ZERO, 0
    for number, width in widths(size):
        name = f'tile/entries/{tile_number(number)}'
        leaves = []
        entries = bundle_entries(log.tile('entries', number, width), name)
        check(len(entries) in (width, TILE_WIDTH), f'{name} has {len(entries)} entries instead of {width}')
        for place, entry in enumerate(entries[:width]):
            wanted = number * TILE_WIDTH + place + 1
            position, recorded_at, digest, named = read_entry(entry, f'{name}, entry {place}')
            check(position == wanted, f'{name}, entry {place} is of position {position} instead of {wanted}')
            check(recorded_at >= time, f'{name}: position {position} is older than the one before it')
            time, hash = recorded_at, next_hash(hash, position, recorded_at, digest)
            check(hash == named, f'{name}: the chain breaks at position {position}')
            leaves.append(leaf_of(entry))
            tree.add(leaves[-1])
            yield entry
        check_hashes(log, 0, number, leaves)
    for level, hashes in sorted(tree.levels.items()):
        for number, width in widths(len(hashes)):
            check_hashes(log, level, number, hashes[number * TILE_WIDTH :][:width])
    return tree


def check_hashes(log, level, number, hashes):
    content, name = log.tile(level, number, len(hashes)), f'tile/{level}/{tile_number(number)}'
    check(len(content) in (32 * len(hashes), 32 * TILE_WIDTH), f'{name} has {len(content)} bytes instead of {32 * len(hashes)}')
    for place, hash in enumerate(hashes):
        if content[32 * place : 32 * place + 32] != hash:
            first = (number * TILE_WIDTH + place) * TILE_WIDTH**level + 1
            raise NotGood(f'{name}: hash {place} is not that of the entries from position {first}')


def check_root(tree, checkpoint):
    check(tree.roots.get(checkpoint.size) == checkpoint.root, f'{checkpoint.name}: the first {checkpoint.size} entries have another root than the one that was signed')


def check_others(log, size):
    """Files that a reader of the newest checkpoint does not need: earlier partial tiles must begin the later ones."""
    beyond = 0
    for path in log.files('tile'):
        match = re.fullmatch(r'(tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3}))(?:\.p/([1-9][0-9]{0,2}))?', path)
        check(match, f'{path} is no file of a log')
        level, width = 0 if match[2] == 'entries' else int(match[2]), int(match[4] or TILE_WIDTH)
        number, have = int(match[3].replace('/', '').replace('x', '')), size // TILE_WIDTH**level
        known = min(TILE_WIDTH, have - number * TILE_WIDTH)
        check(width <= TILE_WIDTH, f'{path}: no tile is so wide')
        if width > known:
            beyond += 1
        if known <= 0:
            continue
        content, whole, covered = log.read(path, BUNDLE_LIMIT), log.tile(match[2], number, known), min(width, known)
        if match[2] == 'entries':
            entries = bundle_entries(content, path)
            same, exact = entries[:covered] == bundle_entries(whole, path)[:covered], len(entries) == width
        else:
            same, exact = content[: 32 * covered] == whole[: 32 * covered], len(content) == 32 * width
        check(same and exact, f'{path} differs from the tile that the checkpoint stands for')
    return beyond


def verify_tiles(arguments, trust):
    log = Log(arguments.where)
    checkpoint = log.checkpoint(trust)
    since = [read_checkpoint(path, trust) for path in arguments.since]
    kept = list(log.earlier(trust))
    for earlier in (*since, *kept):
        check(earlier.origin == checkpoint.origin, f'{earlier.name} is of another log')
        check(earlier.size <= checkpoint.size, f'{earlier.name} has {earlier.size} entries, and the log has only {checkpoint.size}: it was cut')
    walk = walk_log(log, checkpoint.size, {earlier.size for earlier in (*since, *kept)})
    tree = run_to_end(walk)
    for each in (checkpoint, *since, *kept):
        check_root(tree, each)
    lines = [f'{checkpoint.size} entries: tiles, chain and root are good', checkpoint.describe()]
    lines += [f'it begins with {earlier.describe()}' for earlier in since]
    lines += [f'{len(kept)} checkpoints in the folder are beginnings of it'] if kept else []
    beyond = 0 if log.remote else check_others(log, checkpoint.size)
    return lines + ([f'{beyond} files reach beyond the checkpoint; what is beyond is not signed, and not checked'] if beyond else [])


def run_to_end(walk):
    try:
        while True:
            next(walk)
    except StopIteration as end:
        return end.value


# ---------------------------------------------------------------- archives


def read_positions(written, name):
    """{[1,5),[9,10)} as a list of ranges, from the first to before the second."""
    check(re.fullmatch(r'\{(\[[0-9]+,[0-9]+\)(,\[[0-9]+,[0-9]+\))*)?\}', written), f'{name}: positions are not written as {{[1,5),[9,10)}}')
    ranges = [(int(first), int(end)) for first, end in re.findall(r'\[([0-9]+),([0-9]+)\)', written)]
    for place, (first, end) in enumerate(ranges):
        check(0 < first < end and (place == 0 or ranges[place - 1][1] < first), f'{name}: positions do not rise')
    return ranges


class Archive:
    """An archive, checked: every run in it as a proof, and the tiles of level 0."""

    def __init__(self, path, trust):
        content = read_file(path, FILE_LIMIT)
        self.path, self.sha256, self.entries, self.runs = path, sha256(content).hex(), {}, 0
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            self.take_lines(lines_of(file, path, FILE_LIMIT), trust)

    def take_lines(self, lines, trust):
        first = next(lines, None)
        check(first, f'{self.path} is empty')
        head = take(parse_json(first[1], self.path), self.path, ('format', 'id', 'at', 'teamId', 'team', 'positions', 'runs', 'events'))
        check(head['format'] == 'runledger.archive/1', f'{self.path}: the format is not runledger.archive/1')
        self.id, self.positions = head['id'], text(head, 'positions', self.path)
        self.ranges = read_positions(self.positions.decode(), self.path)
        tiles = {}
        for number, line in lines:
            name = f'{self.path}, line {number}'
            record = parse_json(line, name)
            if isinstance(record, dict) and 'tile' in record:
                take(record, name, ('tile', 'entries', 'hashes'))
                tile = integer(record, 'tile', name)
                check(tile not in tiles, f'{name}: the tile is there twice')
                tiles[tile] = bundle_entries(from_base64(record['entries'], f'{name}: entries'), name)
                hashes = from_base64(record['hashes'], f'{name}: hashes')
                check(hashes == b''.join(map(leaf_of, tiles[tile])), f'{name}: the hashes are not those of the entries')
            else:
                check(not tiles, f'{name}: a run after a tile')
                run = Run(record, trust, name)
                check(run.whole, f'{name}: the run is not whole')
                check(not run.withheld, f'{name}: something is withheld')
                check(not self.entries.keys() & run.entries.keys(), f'{name}: an event is there twice')
                self.entries.update(run.entries)
                self.runs += 1
        check((self.runs, len(self.entries)) == (head['runs'], head['events']), f'{self.path} has {self.runs} runs and {len(self.entries)} events, and says {head["runs"]} and {head["events"]}')
        wanted = [position for first, end in self.ranges for position in range(first, min(end, first + len(self.entries) + 1))]
        check(sorted(self.entries) == wanted, f'{self.path}: the positions are not those of its events')
        for position, entry in self.entries.items():
            tile, place = divmod(position - 1, TILE_WIDTH)
            check(tile in tiles and place < len(tiles[tile]) and tiles[tile][place] == entry, f'{self.path}: position {position} is not in the tile {tile}')

    def describe(self):
        return [f'{self.runs} runs with {len(self.entries)} events: whole, and in the log', f'archive {self.id}; the ledger must name this SHA-256: {self.sha256}', f'positions {self.positions.decode()}']


def verify_archive(arguments, trust):
    return Archive(arguments.file, trust).describe()


# ---------------------------------------------------------------- the whole ledger

EVENT_MEMBERS = ('p', 's', 'v', 't', 'n', 'd', 'm', 'x', 'r', 'h')


def read_event(line, name):
    """Position, time, digest and hash of an event in an export; and the event."""
    event = take(parse_json(line, name), name, EVENT_MEMBERS)
    position = integer(event, 'p', name, 1)
    version, schema = integer(event, 'v', name, 1), integer(event, 'n', name, 1)
    texts = (text(event, 's', name), str(version).encode(), text(event, 't', name), str(schema).encode(), text(event, 'd', name), text(event, 'm', name))
    digest = digest_of(from_hex(event['x'], f'{name}: x', 16), *texts)
    return position, integer(event, 'r', name), digest, from_hex(event['h'], f'{name}: h', 32), event


class Gaps:
    """Positions that are not in the export: the entries that archives have of them, and whether the ledger says that they left."""

    def __init__(self, folder, trust):
        self.archives, self.entries, self.taken, self.named = [], {}, [], set()
        if folder is None:
            return
        if not os.path.isdir(folder):
            raise CannotCheck(f'{folder} is not a folder')
        for file in sorted(os.listdir(folder)):
            if file.endswith('.jsonl.gz'):
                archive = Archive(os.path.join(folder, file), trust)
                self.archives.append(archive)
                self.entries.update(archive.entries)

    def entry(self, position):
        entry = self.entries.get(position)
        check(entry, f'position {position} is missing' + (', and no archive has it' if self.archives else ''))
        self.taken.append(position)
        return read_entry(entry, f'the archived entry of position {position}')

    def take_event(self, event):
        """What an event RunsArchived says of an archive: its id is the stream."""
        for archive in self.archives:
            if event['s'] == archive.id:
                data = parse_json(event['d'].encode(), f'position {event["p"]}: data')
                check(isinstance(data, dict), f'position {event["p"]}: data is not an object')
                check(data.get('positionsSha256') == sha256(archive.positions).hex(), f'{archive.path}: the event at position {event["p"]} names other positions')
                check(data.get('sha256') == archive.sha256, f'{archive.path}: the event at position {event["p"]} names another SHA-256')
                self.named.update(archive.entries)

    def check_named(self):
        for position in self.taken:
            check(position in self.named, f'position {position} is missing: no event RunsArchived names an archive that has it')


def verify_ledger(arguments, trust):
    checkpoints = [read_checkpoint(path, trust) for path in arguments.checkpoint]
    log = Log(arguments.tiles) if arguments.tiles else None
    if log:
        checkpoints.append(log.checkpoint(trust))
    if (checkpoints or arguments.archives) and trust is None:
        raise CannotCheck('--key or --policy is needed')
    gaps = Gaps(arguments.archives, trust)
    try:
        file = open(arguments.file, 'rb')
    except OSError as error:
        raise CannotCheck(f'{arguments.file}: {error.strerror}') from None
    with file:
        tree, hash, events = walk_export(file, arguments.file, log, checkpoints, gaps)
    gaps.check_named()
    for checkpoint in checkpoints:
        check(checkpoint.size <= tree.size, f'{checkpoint.name} has {checkpoint.size} events, and the ledger only {tree.size}: its tail was cut, or the export is older')
        check(tree.roots[checkpoint.size] == checkpoint.root, f'{checkpoint.name}: the first {checkpoint.size} events are not those that were signed: the ledger was rewritten')
    lines = [f'{events} events, and {len(gaps.taken)} that are archived: the chain is whole up to position {tree.size}, hash {hash.hex()}']
    lines += [f'it agrees with the {checkpoint.describe()}' for checkpoint in checkpoints]
    return lines + ([] if checkpoints else ['without a checkpoint: a cut tail, and a ledger that was rewritten with its hashes, cannot be seen'])


def walk_export(file, name, log, checkpoints, gaps):
    lines = lines_of(file, name, LINE_LIMIT)
    first = next(lines, None)
    check(first, f'{name} is empty')
    head = take(parse_json(first[1], f'{name}, line 1'), f'{name}, line 1, the head', ('p', 'h'))
    end, head_hash = integer(head, 'p', name), from_hex(head['h'], f'{name}: the hash of the head', 32)
    tree, hash, time, events = Tree({checkpoint.size for checkpoint in checkpoints}), ZERO, 0, 0
    logged = walk_log(log, checkpoints[-1].size, ()) if log else iter(())

    def follow(position, recorded_at, digest, named):
        nonlocal hash, time
        check(recorded_at >= time, f'position {position} is older than the one before it')
        time, hash = recorded_at, next_hash(hash, position, recorded_at, digest)
        check(hash == named, f'the chain breaks at position {position}')
        entry = entry_of(position, recorded_at, digest, hash)
        signed = next(logged, entry)
        check(signed == entry, f'position {position} is not the event that the log has there: the ledger was rewritten')
        tree.add(leaf_of(entry))

    for number, line in lines:
        position, recorded_at, digest, named, event = read_event(line, f'{name}, line {number}')
        check(position > tree.size, f'{name}, line {number}: position {position} is out of order')
        while tree.size + 1 < position:
            follow(*gaps.entry(tree.size + 1))
        follow(position, recorded_at, digest, named)
        events += 1
        if event['t'] == 'RunsArchived':
            gaps.take_event(event)
    while tree.size < end and gaps.archives:
        follow(*gaps.entry(tree.size + 1))
    check(tree.size == end, f'the head is position {end}, and the events end at {tree.size}')
    check(hash == head_hash, 'the head does not carry the hash of the last event')
    run_to_end(logged)
    return tree, hash, events


# ---------------------------------------------------------------- the command


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise CannotCheck(f'{message}\n{self.format_usage()}')


def parser():
    trust = Parser(add_help=False)
    trust.add_argument('--key', help='the key of the log')
    trust.add_argument('--policy', help='a file that names the log, witnesses, and how many must sign')
    main = Parser(prog='verify.py', description="Verifies Runledger's trail.")
    commands = main.add_subparsers(dest='command', required=True)
    ledger = commands.add_parser('ledger', parents=[trust], help='an export of the ledger')
    ledger.add_argument('file')
    ledger.add_argument('--checkpoint', action='append', default=[])
    ledger.add_argument('--tiles')
    ledger.add_argument('--archives')
    ledger.set_defaults(verify=verify_ledger)
    tiles = commands.add_parser('tiles', parents=[trust], help='the log: a folder or an address')
    tiles.add_argument('where')
    tiles.add_argument('--since', action='append', default=[])
    tiles.set_defaults(verify=verify_tiles)
    proof = commands.add_parser('proof', parents=[trust], help='a proof of a run or of one event')
    proof.add_argument('file')
    proof.add_argument('--run', help='the run that it must be of')
    proof.set_defaults(verify=verify_proof)
    checkpoint = commands.add_parser('checkpoint', parents=[trust], help='a checkpoint')
    checkpoint.add_argument('file')
    checkpoint.set_defaults(verify=lambda arguments, trust: [read_checkpoint(arguments.file, trust).describe()])
    archive = commands.add_parser('archive', parents=[trust], help='an archive')
    archive.add_argument('file')
    archive.set_defaults(verify=verify_archive)
    return main


def run(argv):
    """Exit code and lines of one command."""
    try:
        arguments = parser().parse_args(argv)
        if arguments.key and arguments.policy:
            raise CannotCheck('--key and --policy exclude each other')
        trust = Trust(arguments.key, arguments.policy) if arguments.key or arguments.policy else None
        if trust is None and arguments.command != 'ledger':
            raise CannotCheck('--key or --policy is needed')
        return 0, arguments.verify(arguments, trust)
    except NotGood as error:
        return 1, [f'NOT GOOD: {error}']
    except CannotCheck as error:
        return 2, [f'cannot check: {error}']


def run_each():
    for line in sys.stdin:
        code, lines = run(json.loads(line))
        print(json.dumps({'code': code, 'lines': lines}), flush=True)
    return 0


def main():
    if sys.argv[1:] == ['each']:
        return run_each()
    code, lines = run(sys.argv[1:])
    print('\n'.join(lines), file=sys.stdout if code == 0 else sys.stderr)
    return code


if __name__ == '__main__':
    sys.exit(main())
