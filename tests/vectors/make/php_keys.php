<?php
// The archives that PHP itself writes, with openssl_pkey_export. Called by keys.sh, and lists its files as keys.sh does.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$work = getenv('WORK') ?: fail('WORK is not set');
$lines = '';
function export(string $file, string $base, string $password, string $form, string $cipher = 'des-ede3-cbc', array $options = []): void
{
    global $work, $lines;
    $key = openssl_pkey_get_private(file_get_contents("$work/$base.pem")) ?: fail("PHP does not open $base.pem");
    openssl_pkey_export($key, $pem, $password, $options) || fail("PHP does not export $file");
    file_put_contents(VECTORS . "/keys/$file", $pem);
    $lines .= implode("\t", [$file, base64_encode($password) . ':', 'php', "PBES2 PBKDF2 2048 hmacWithSHA256 $cipher", $form]) . "\n";
}
foreach ([1024, 2048, 3072, 4096] as $bits) {
    export("php-3des-$bits.pem", (string) $bits, "Secret-$bits", 'PBES2, 3DES, HMAC-SHA256: openssl_pkey_export');
}
export('php-3des-3primes.pem', '3primes', 'three', 'PBES2, 3DES: openssl_pkey_export, three primes');
foreach (['128' => OPENSSL_CIPHER_AES_128_CBC, '192' => OPENSSL_CIPHER_AES_192_CBC, '256' => OPENSSL_CIPHER_AES_256_CBC] as $size => $cipher) {
    export("php-aes$size.pem", '2048', "php aes $size", "PBES2, AES-$size: openssl_pkey_export with encrypt_key_cipher", "aes-$size-cbc", ['encrypt_key_cipher' => $cipher]);
}
// Passwords that only a program can give: a NUL inside, and lengths on both sides of OpenSSL's buffer of 1024.
export('php-password-nul.pem', '2048', "a\0b", 'PBES2, 3DES: a NUL inside the password');
export('php-password-1024.pem', '2048', str_repeat('k', 1024), 'PBES2, 3DES: a password of 1024 bytes');
file_put_contents("$work/keys.tsv", $lines, FILE_APPEND);
