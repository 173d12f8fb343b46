#!/usr/bin/env bash
# refused/: what must not open. This script makes the files that openssl can write, refused.mjs patches the rest.
# Each gets a line in $WORK/refused.tsv: file, password (as in keys.tsv), kind, OID or "-", why.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${WORK:?a scratch directory, set by make.sh}"
rm -rf refused && mkdir refused
LEGACY=(-provider legacy -provider default)

list() { # file password-or-"-none-" kind oid why
  local password=-
  [ "$2" = -none- ] || password=$(printf '%s' "$2" | openssl base64 -A)
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$password:" "$3" "$4" "$5" >> "$WORK/refused.tsv"
}
pkcs8() { # file kind oid why options…
  local file=$1 kind=$2 oid=$3 why=$4; shift 4
  openssl pkcs8 -topk8 -in "$WORK/2048.pem" -passout pass:secret -out "refused/$file" "$@"
  list "$file" secret "$kind" "$oid" "$why"
}

: > "$WORK/refused.tsv"
# Keys of another kind.
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out refused/ec-plain.pem
list ec-plain.pem -none- not_rsa 1.2.840.10045.2.1 'an EC key in PKCS#8'
openssl pkcs8 -topk8 -in refused/ec-plain.pem -passout pass:secret -v2 des3 -out refused/ec-encrypted.pem
list ec-encrypted.pem secret not_rsa 1.2.840.10045.2.1 'an EC key, encrypted'
openssl ec -in refused/ec-plain.pem -out refused/ec-sec1.pem 2> /dev/null
list ec-sec1.pem -none- not_rsa - 'an EC key, EC PRIVATE KEY'
openssl ec -in refused/ec-plain.pem -des3 -passout pass:secret -out refused/ec-dek.pem 2> /dev/null
list ec-dek.pem secret not_rsa - 'an EC key, EC PRIVATE KEY with DEK-Info'
openssl genpkey -algorithm ED25519 -out refused/ed25519.pem
list ed25519.pem -none- not_rsa 1.3.101.112 'an Ed25519 key'
openssl dsaparam -noout -genkey -out refused/dsa.pem 1024 2> /dev/null
list dsa.pem -none- not_rsa 1.2.840.10040.4.1 'a DSA key'
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out refused/rsa-pss.pem 2> /dev/null
list rsa-pss.pem -none- not_rsa 1.2.840.113549.1.1.10 'an RSA key for PSS alone: it may not make PKCS#1 v1.5 signatures'
for bits in 512 1016; do
  openssl genrsa -out "refused/rsa-$bits.pem" "$bits" 2> /dev/null
  list "rsa-$bits.pem" -none- too_small - "RSA of $bits bits"
  openssl pkcs8 -topk8 -in "refused/rsa-$bits.pem" -passout pass:secret -v2 des3 -out "refused/rsa-$bits-encrypted.pem"
  list "rsa-$bits-encrypted.pem" secret too_small - "RSA of $bits bits, encrypted"
done

# No private key at all.
openssl req -x509 -new -key "$WORK/1024.pem" -sha256 -days 36500 -subj '/CN=throw-away' -out "$WORK/certificate.pem"
openssl pkey -in "$WORK/2048.pem" -pubout -out "$WORK/public.pem"
openssl rsa -in "$WORK/2048.pem" -RSAPublicKey_out -out refused/public-pkcs1.pem 2> /dev/null
cp "$WORK/certificate.pem" refused/certificate.pem
cp "$WORK/public.pem" refused/public.pem
cat "$WORK/public.pem" "$WORK/certificate.pem" > refused/public-and-certificate.pem
openssl req -new -key "$WORK/1024.pem" -sha256 -subj '/CN=throw-away' -out refused/request.pem
list certificate.pem -none- not_a_key - 'a certificate in place of a key'
list public.pem -none- not_a_key - 'PUBLIC KEY'
list public-pkcs1.pem -none- not_a_key - 'RSA PUBLIC KEY'
list public-and-certificate.pem secret not_a_key - 'a public key and a certificate, and no private key'
list request.pem -none- not_a_key - 'a certificate request'

# Ciphers and key derivations that no archive uses.
for set in camellia-256-cbc:1.2.392.200011.61.1.1.1.4 aria-256-cbc:1.2.410.200046.1.1.12 sm4-cbc:1.2.156.10197.1.104.2; do
  pkcs8 "pbes2-${set%:*}.pem" unsupported "${set#*:}" "PBES2 with ${set%:*}" -v2 "${set%:*}"
done
pkcs8 pbes2-rc2.pem unsupported 1.2.840.113549.3.2 'PBES2 with RC2' -v2 rc2 "${LEGACY[@]}"
pkcs8 pbes2-prf-md5.pem unsupported 1.2.840.113549.2.6 'PBKDF2 with HMAC-MD5' -v2 aes-256-cbc -v2prf hmacWithMD5
pkcs8 pbe-sha1-rc4.pem unsupported 1.2.840.113549.1.12.1.1 'PKCS#12 PBE with RC4' -v1 PBE-SHA1-RC4-128 "${LEGACY[@]}"
pkcs8 pbe-sha1-rc2-40.pem unsupported 1.2.840.113549.1.12.1.6 'PKCS#12 PBE with RC2 of 40 bits' -v1 PBE-SHA1-RC2-40 "${LEGACY[@]}"
for cipher in camellia128:CAMELLIA-128-CBC aria128:ARIA-128-CBC rc2:RC2-CBC; do
  openssl rsa -in "$WORK/2048.pem" "-${cipher%:*}" -traditional -passout pass:secret -out "refused/dek-${cipher%:*}.pem" "${LEGACY[@]}" 2> /dev/null
  list "dek-${cipher%:*}.pem" secret unsupported - "DEK-Info: ${cipher#*:}"
done
# Right in every way, and dearer than an attacker's file may be.
pkcs8 iterations-1000001.pem limit - 'PBKDF2 with 1000001 iterations, truly encrypted so' -v2 des3 -iter 1000001

node make/refused.mjs
