#!/usr/bin/env python3
"""Makes keys.txt: python3 make_keys.py > keys.txt

One key a line, as `label n e p q dp dq qinv` in hex. OpenSSL makes the random primes; those at the ends of their range are made here.
"""
import math
import random
import subprocess
import sys

SMALL = [p for p in range(3, 5000) if all(p % d for d in range(2, int(p**0.5) + 1))]
random.seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)


def is_prime(n):
    if any(n % p == 0 for p in SMALL):
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(12):
        x = pow(random.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def walk(n, step, e, skip=0):
    n |= 1
    while True:
        if math.gcd(n - 1, e) == 1 and is_prime(n):
            if skip == 0:
                return n
            skip -= 1
        n += 2 * step


def openssl(bits, e):
    while True:
        p = int(subprocess.check_output(["openssl", "prime", "-generate", "-bits", str(bits), "-hex"]), 16)
        if math.gcd(p - 1, e) == 1:
            return p


def line(label, p, q, e):
    d = pow(e, -1, (p - 1) * (q - 1))
    return " ".join([label] + [format(x, "x") for x in (p * q, e, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))])


for bits in (2048, 3072, 4096):
    h = bits // 2
    e = 65537
    floor = math.isqrt(1 << (2 * h - 1))
    low, high = walk(floor + 1, 1, e), walk((1 << h) - 1, -1, e)
    low2, high2 = walk(low + 2, 1, e), walk(high - 2, -1, e)
    print(line(f"{bits}-lowest", low, low2, e))
    print(line(f"{bits}-highest", high, high2, e))
    print(line(f"{bits}-wide", low, high, e))
    print(line(f"{bits}-wide-swapped", high, low, e))
    # The top bit and little more, with its partner just under the power of two.
    bottom = walk((1 << (h - 1)) + (1 << (h - 20)), 1, e)
    print(line(f"{bits}-bottom", bottom, high, e))
    # Exponents of other sizes.
    for e in (3, 17, 4294967295):
        if math.gcd(e, 6) == 1 or e == 3:
            print(line(f"{bits}-e{e}", walk(random.getrandbits(h) | (3 << (h - 2)), 1, e), walk(random.getrandbits(h) | (3 << (h - 2)), 1, e), e))
    for i in range({2048: 24, 3072: 8, 4096: 5}[bits]):
        while True:
            p, q = openssl(h, 65537), openssl(h, 65537)
            if p != q and (p * q).bit_length() == bits:
                break
        print(line(f"{bits}-random{i}", p, q, 65537))
