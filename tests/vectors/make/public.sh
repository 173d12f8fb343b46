#!/usr/bin/env bash
# public/ and public_refused/: the public halves of the keys in keys/ in every form that public.pem may have, and what is none.
# Each file gets a line in $WORK/public.tsv: folder, file, kind, OID or "-", description. public.php looks at them and lists them.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${WORK:?a scratch directory, set by make.sh}"
rm -rf public public_refused && mkdir public public_refused

list() { # folder file kind oid description
  printf '%s\t%s\t%s\t%s\t%s\n' "$@" >> "$WORK/public.tsv"
}
relabelled() { # from to file
  sed "s/-----\(BEGIN\|END\) $1-----/-----\1 $2-----/" "$3"
}

: > "$WORK/public.tsv"
for key in 1024 2047 2048 2049 3072 4096 8192 e3-2048 3primes-2048; do
  openssl pkey -in "keys/plain-$key.pem" -pubout -out "public/spki-$key.pem"
  list public "spki-$key.pem" - - "PUBLIC KEY of plain-$key.pem"
done
for key in 1024 2048; do
  openssl rsa -in "keys/plain-$key.pem" -RSAPublicKey_out -out "public/pkcs1-$key.pem" 2> /dev/null
  list public "pkcs1-$key.pem" - - "RSA PUBLIC KEY of plain-$key.pem"
  openssl req -x509 -new -key "keys/plain-$key.pem" -sha256 -days 1 -subj '/O=Выплаты/CN=throw-away' -utf8 -out "public/certificate-$key.pem"
  list public "certificate-$key.pem" - - "CERTIFICATE with plain-$key.pem, out of date by now"
done
printf '[req]\ndistinguished_name=dn\n[dn]\n' > "$WORK/no-extensions.cnf"
openssl req -x509 -new -key keys/plain-1024.pem -sha1 -days 36500 -subj /CN=throw-away -config "$WORK/no-extensions.cnf" -out public/certificate-v1.pem
openssl x509 -in public/certificate-v1.pem -noout -text | grep -q 'Version: 1 ' || { echo 'public.sh: certificate-v1.pem is of another version' >&2; exit 1; }
list public certificate-v1.pem - - 'CERTIFICATE of version 1, which does not say so'
relabelled CERTIFICATE 'X509 CERTIFICATE' public/certificate-1024.pem > public/certificate-old-label.pem
list public certificate-old-label.pem - - 'X509 CERTIFICATE, the label of old'
relabelled 'PUBLIC KEY' 'RSA PUBLIC KEY' public/spki-1024.pem > public/spki-as-pkcs1.pem
list public spki-as-pkcs1.pem - - 'a SubjectPublicKeyInfo under RSA PUBLIC KEY'
cat public/spki-1024.pem public/certificate-2048.pem > public/spki-then-certificate.pem
list public spki-then-certificate.pem - - 'a public key of 1024 bits, then a certificate of 2048: PHP takes the certificate'
cat public/pkcs1-1024.pem public/spki-2048.pem > public/pkcs1-then-spki.pem
list public pkcs1-then-spki.pem - - 'two public keys: the first counts'
cat keys/plain-2048.pem public/spki-1024.pem > public/private-then-public.pem
list public private-then-public.pem - - 'a private key of 2048 bits, then a public one of 1024: the public one counts'

for name in ec:P-256:1.2.840.10045.2.1 ed25519::1.3.101.112 rsa-pss::1.2.840.113549.1.1.10; do
  IFS=: read -r kind curve oid <<< "$name"
  options=(); [ "$kind" != ec ] || options=(-pkeyopt "ec_paramgen_curve:$curve"); [ "$kind" != rsa-pss ] || options=(-pkeyopt rsa_keygen_bits:1024)
  openssl genpkey -algorithm "${kind^^}" "${options[@]}" -out "$WORK/$kind.pem" 2> /dev/null
  openssl pkey -in "$WORK/$kind.pem" -pubout -out "public_refused/$kind.pem"
  list public_refused "$kind.pem" not_rsa "$oid" "a public key for ${kind^^}"
done
openssl req -x509 -new -key "$WORK/ec.pem" -subj /CN=throw-away -out public_refused/ec-certificate.pem
list public_refused ec-certificate.pem not_rsa 1.2.840.10045.2.1 'a certificate with an EC key'
for bits in 512 1016 8200; do
  openssl genrsa -out "$WORK/rsa-$bits.pem" "$bits" 2> /dev/null
  openssl pkey -in "$WORK/rsa-$bits.pem" -pubout -out "public_refused/rsa-$bits.pem"
  list public_refused "rsa-$bits.pem" bad_size - "RSA of $bits bits"
done
cp keys/plain-1024.pem public_refused/private.pem
list public_refused private.pem private - 'a private key'
cp keys/pkcs1-1024.pem public_refused/private-pkcs1.pem
list public_refused private-pkcs1.pem private - 'a private key, PKCS#1'
cp keys/php-3des-1024.pem public_refused/private-encrypted.pem
list public_refused private-encrypted.pem private - 'a private key, encrypted'
cp keys/dek-3des-1024.pem public_refused/private-dek.pem
list public_refused private-dek.pem private - 'a private key with DEK-Info'
cp "$WORK/ec.pem" public_refused/private-ec.pem
list public_refused private-ec.pem private - 'a private key for EC'
openssl req -new -key keys/plain-1024.pem -subj /CN=throw-away -out public_refused/request.pem
list public_refused request.pem not_a_key - 'a certificate request'
openssl x509 -in public/certificate-1024.pem -trustout -addtrust serverAuth -out public_refused/trusted.pem
list public_refused trusted.pem not_a_key - 'a TRUSTED CERTIFICATE, which PHP does not open either'

node make/public.mjs
