#!/usr/bin/env bash
# keys/: the same few throw-away keys in every form that an archive may have, written by PHP and by openssl.
# Each file gets a line in $WORK/keys.tsv: file, password (base64; "-" is none), maker, what its DER must show,
# description. manifest.php checks the lines against the files and makes keys.json of them.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${WORK:?a scratch directory, set by make.sh}"
rm -rf keys && mkdir keys
LEGACY=(-provider legacy -provider default)   # single DES and PBE-MD5-DES live in OpenSSL 3's legacy provider

list() { # file password-or-"-none-" maker der form
  local password=-
  [ "$2" = -none- ] || password=$(printf '%s' "$2" | openssl base64 -A)
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$password:" "$3" "$4" "$5" >> "$WORK/keys.tsv"
}
pkcs8() { # file password der form options…
  local file=$1 password=$2 der=$3 form=$4; shift 4
  P=$password openssl pkcs8 -topk8 -in "$WORK/2048.pem" -passout env:P -out "keys/$file" "$@"
  list "$file" "$password" openssl "$der" "$form"
}
traditional() { # file password cipher options…
  local file=$1 password=$2 cipher=$3; shift 3
  P=$password openssl rsa -in "$WORK/2048.pem" -traditional -passout env:P -out "keys/$file" "$@" 2> /dev/null
  list "$file" "$password" openssl "DEK-Info $cipher" "traditional, DEK-Info $cipher"
}

: > "$WORK/keys.tsv"
for bits in 1024 2048 3072 4096 8192; do
  openssl genrsa -out "$WORK/$bits.pem" "$bits" 2> /dev/null
  cp "$WORK/$bits.pem" "keys/plain-$bits.pem"
  list "plain-$bits.pem" -none- openssl 'PRIVATE KEY' 'PKCS#8 in the clear'
done
openssl genrsa -primes 3 -out "$WORK/3primes.pem" 2048 2> /dev/null
cp "$WORK/3primes.pem" keys/plain-3primes-2048.pem
list plain-3primes-2048.pem -none- openssl 'PRIVATE KEY' 'PKCS#8 in the clear, three primes'
openssl genrsa -3 -out keys/plain-e3-2048.pem 2048 2> /dev/null
list plain-e3-2048.pem -none- openssl 'PRIVATE KEY' 'PKCS#8 in the clear, public exponent 3'
for key in 1024 2048 3072 4096 3primes; do
  openssl rsa -in "$WORK/$key.pem" -traditional -out "keys/pkcs1-$key.pem" 2> /dev/null
  list "pkcs1-$key.pem" -none- openssl 'RSA PRIVATE KEY' 'PKCS#1 in the clear'
done

php make/php_keys.php   # what PHP itself writes: the most likely archive

pkcs8 pbes2-3des-sha1.pem 'old openssl' 'PBES2 PBKDF2 2048 des-ede3-cbc' 'PBES2, 3DES, PRF left out (HMAC-SHA-1)' -v2 des3 -v2prf hmacWithSHA1
for prf in SHA1 SHA224 SHA256 SHA384 SHA512 SHA512-224 SHA512-256; do
  name="hmacWith$prf "; [ $prf != SHA1 ] || name=   # SHA-1 is the default, and defaults are left out of DER
  pkcs8 "pbes2-aes256-$(tr 'A-Z' 'a-z' <<< $prf).pem" "pass-$prf" "PBES2 PBKDF2 2048 ${name}aes-256-cbc" "PBES2, AES-256, HMAC-$prf" -v2 aes-256-cbc -v2prf "hmacWith$prf"
done
for size in 128 192; do
  pkcs8 "pbes2-aes$size-sha256.pem" "aes $size" "PBES2 PBKDF2 2048 hmacWithSHA256 aes-$size-cbc" "PBES2, AES-$size, HMAC-SHA256" -v2 "aes-$size-cbc"
done
pkcs8 pbes2-aes128-sha1.pem 'aes 128 sha1' 'PBES2 PBKDF2 2048 aes-128-cbc' 'PBES2, AES-128, PRF left out (HMAC-SHA-1)' -v2 aes-128-cbc -v2prf hmacWithSHA1
pkcs8 pbes2-3des-sha512.pem 'des sha512' 'PBES2 PBKDF2 2048 hmacWithSHA512 des-ede3-cbc' 'PBES2, 3DES, HMAC-SHA512' -v2 des3 -v2prf hmacWithSHA512
for count in 1 127 128 100000 1000000; do
  pkcs8 "pbes2-3des-iter-$count.pem" "iterations" "PBES2 PBKDF2 $count hmacWithSHA256 des-ede3-cbc" "PBES2, 3DES, $count iterations" -v2 des3 -iter "$count"
done
pkcs8 pbes2-des-sha256.pem 'single des' 'PBES2 PBKDF2 2048 hmacWithSHA256 des-cbc' 'PBES2, single DES' -v2 des-cbc "${LEGACY[@]}"
pkcs8 scrypt-aes256.pem 'scrypt' 'PBES2 scrypt 16384 8 1 aes-256-cbc' 'PBES2, scrypt with openssl defaults, AES-256' -v2 aes-256-cbc -scrypt
pkcs8 scrypt-3des.pem 'scrypt' 'PBES2 scrypt 16384 8 1 des-ede3-cbc' 'PBES2, scrypt with openssl defaults, 3DES' -v2 des3 -scrypt
for set in '2 1 1' '1024 8 1' '4096 16 4' '16384 8 2' '256 1 64' '8192 16 1'; do
  read -r N r p <<< "$set"
  pkcs8 "scrypt-$N-$r-$p.pem" "scrypt $set" "PBES2 scrypt $N $r $p aes-128-cbc" "PBES2, scrypt N=$N r=$r p=$p, AES-128" -v2 aes-128-cbc -scrypt -scrypt_N "$N" -scrypt_r "$r" -scrypt_p "$p"
done
pkcs8 pbe-sha1-3des.pem 'пароль pkcs12' 'pbeWithSHA1And3-KeyTripleDES-CBC 2048' 'PKCS#12 PBE, SHA-1 and 3DES' -v1 PBE-SHA1-3DES
pkcs8 pbe-md5-des.pem 'pkcs5 v1' 'pbeWithMD5AndDES-CBC 2048' 'PKCS#5 v1, MD5 and DES' -v1 PBE-MD5-DES "${LEGACY[@]}"

traditional dek-3des.pem 'des ede3' DES-EDE3-CBC -des3
for size in 128 192 256; do traditional "dek-aes$size.pem" "aes$size" "AES-$size-CBC" "-aes$size"; done
traditional dek-des.pem 'single des' DES-CBC -des "${LEGACY[@]}"
for key in 1024 3072 4096 3primes; do
  P=secret openssl rsa -in "$WORK/$key.pem" -traditional -des3 -passout env:P -out "keys/dek-3des-$key.pem" 2> /dev/null
  list "dek-3des-$key.pem" secret openssl 'DEK-Info DES-EDE3-CBC' 'traditional, DEK-Info DES-EDE3-CBC'
done

# Passwords, under the modern form and the traditional one.
n=0
long=$(printf '0123456789%.0s' 1 2 3 4 5 6 7 8 9 10)
for password in ' two  words ' 'Пароль-Ёж' 'emoji 🔑 e´' "$long" $'ends in a newline\n' $'\r\n' $'\ttab "quote" \\ $HOME `id` %s \'' '0'; do
  n=$((n + 1))
  pkcs8 "password-$n-3des.pem" "$password" 'PBES2 PBKDF2 2048 hmacWithSHA256 des-ede3-cbc' 'PBES2, 3DES: a password of its own kind' -v2 des3
  traditional "password-$n-dek.pem" "$password" AES-256-CBC -aes256
done
pkcs8 password-empty-3des.pem '' 'PBES2 PBKDF2 2048 hmacWithSHA256 des-ede3-cbc' 'PBES2, 3DES, under the empty password' -v2 des3

node make/unusual_keys.mjs   # DER that neither of them writes, and PHP still opens
