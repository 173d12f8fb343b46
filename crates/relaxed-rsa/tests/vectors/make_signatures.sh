#!/bin/sh
# Makes keys (*.der: RSAPrivateKey) and signatures.txt with OpenSSL 3. Run it in this folder: sh make_signatures.sh
#
# A line of signatures.txt is `key digest message signature`, the last two in base64, with "-" for an empty message.
set -eu
umask 022
rm -f ./*.der

key() {
    file=$1
    shift
    openssl genrsa "$@" 2>/dev/null | openssl rsa -traditional -outform DER -out "$file.der" 2>/dev/null
}

key 1024 1024
key 2047 2047
key 2048 2048
key 3072 3072
key 4096 4096
key e3-2048 -3 2048
key 3-primes-2048 -primes 3 2048

# Keys that OpenSSL reads but does not generate: name, bits of the modulus, bits of the primes.
key_of_primes() {
    while :; do
        p=0x$(openssl prime -generate -bits "$3" -hex)
        q=0x$(openssl prime -generate -bits "$4" -hex)
        python3 - "$2" "$p" "$q" > key.cnf <<'PYTHON' && break
import math, sys
bits, p, q = (int(number, 0) for number in sys.argv[1:])
e, n, order = 65537, p * q, (p - 1) * (q - 1)
if n.bit_length() != bits or math.gcd(e, order) != 1:
    sys.exit(1)
d = pow(e, -1, order)
numbers = [0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]
print("asn1=SEQUENCE:key\n[key]")
for index, number in enumerate(numbers):
    print(f"n{index}=INTEGER:{number:#x}")
PYTHON
    done
    openssl asn1parse -genconf key.cnf -noout -out "$1.der"
    rm key.cnf
}

key_of_primes 2049 2049 1025 1024
key_of_primes unequal-2048 2048 1200 848

# The same key in the two structures that name the algorithm.
openssl pkcs8 -topk8 -nocrypt -in 2048.der -inform DER -outform DER -out 2048.pkcs8
openssl rsa -in 2048.der -inform DER -pubout -outform DER -out 2048.spki 2>/dev/null

for file in *.der; do
    for digest in sha1 sha256 sha384 sha512; do
        for message in "" "a message" "$(seq 40)"; do
            signature=$(printf %s "$message" | openssl dgst -"$digest" -sign "$file" -keyform DER | base64 -w 0)
            encoded=$(printf %s "$message" | base64 -w 0)
            echo "${file%.der} $digest ${encoded:--} $signature"
        done
    done
done > signatures.txt
