<?php
// signatures.json: what PHP's openssl_sign makes of a message. node-signatures.mjs makes them again and compares.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$pattern = fn (int $n) => substr(str_repeat('0123456789abcdef', intdiv($n, 16) + 1), 0, $n);
$messages = [
    '{"id":"100000536"}', '{"order_id":"6422494"}', '[]', '', 'a',
    // Around the padding of SHA-1 and SHA-256.
    $pattern(55), $pattern(56), $pattern(63), $pattern(64), $pattern(65),
    implode('', array_map('chr', range(0, 255))), "\0", "\xFF\xFE\n\r\n",
    'Выплата №5 — «Ёлка»', '{"order_id":"a\/b \"q\" \u00e9 \ud83d\ude00 <>&\'"}',
];
$keys = ['plain-1024', 'plain-2048', 'plain-3072', 'plain-4096', 'plain-8192', 'plain-3primes-2048'];
// Keys of unusual numbers get the specification's messages alone.
$few = ['plain-2047', 'plain-2049', 'plain-e3-2048', 'unusual-unequal-primes', 'unusual-p-below-q', 'unusual-d-mod-phi'];
$records = [];
foreach ([...$keys, ...$few] as $name) {
    $key = openssl_pkey_get_private(file_get_contents(VECTORS . "/keys/$name.pem")) ?: fail("$name does not open");
    $texts = in_array($name, $few, true) ? array_slice($messages, 0, 4) : $messages;
    if (in_array($name, ['plain-1024', 'plain-2048', 'plain-3072', 'plain-4096'], true)) { // long ones are the digest's business: four keys will do
        $texts[] = str_repeat("16 KiB, \x00\x01\xFE\xFF\xC3\xA9 \n", 1024);
    }
    foreach (['sha1' => OPENSSL_ALGO_SHA1, 'sha256' => OPENSSL_ALGO_SHA256] as $digest => $algorithm) {
        foreach ($texts as $message) {
            openssl_sign($message, $signature, $key, $algorithm) || fail("$name does not sign");
            if ($digest === 'sha1') { // the sample passes no algorithm at all
                openssl_sign($message, $default, $key);
                $default === $signature || fail('openssl_sign does not use SHA-1 unless told so');
            }
            $records[] = ['key' => "$name.pem", 'digest' => $digest, 'message' => base64_encode($message), 'signature' => base64_encode($signature)];
        }
    }
}
write_records('signatures.json', $records, JSON_UNESCAPED_SLASHES);
