#!/usr/bin/env python3
"""RSA keys that nobody may use, always the same, for openssl asn1parse -genconf.

roca   primes of the form k * M + (65537^a mod M), as in CVE-2017-15361 (Nemec and others, CCS 2017)
close  a prime and the next one, as in CVE-2022-26320
"""
import random
import sys

E = 65537
dice = random.Random(2026)


def small_primes(count):
    found = [2]
    while len(found) < count:
        found.append(next(n for n in range(found[-1] + 1, 2 * found[-1] + 2)
                          if all(n % p for p in found)))
    return found


SMALL = small_primes(300)


def is_prime(number):
    return all(number % p for p in SMALL) and all(
        pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7))


def roca_prime():
    product = 1
    for prime in SMALL[:126]:
        product *= prime
    while True:
        low = pow(E, dice.getrandbits(64), product)
        number = (3 << 1022) // product * product + dice.getrandbits(40) * product + low
        if number % E != 1 and is_prime(number):
            return number


def next_prime(number):
    number += 1 + number % 2
    while number % E == 1 or not is_prime(number):
        number += 2
    return number


def close_primes():
    first = next_prime(3 << 1022 | dice.getrandbits(1020) | 1)
    return first, next_prime(first)


p, q = close_primes() if sys.argv[1] == 'close' else (roca_prime(), roca_prime())
p, q = max(p, q), min(p, q)
d = pow(E, -1, (p - 1) * (q - 1))
numbers = 0, p * q, E, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)
print('asn1 = SEQUENCE:key\n[key]')
for index, number in enumerate(numbers):
    print(f'n{index} = INTEGER:0x{number:x}')
