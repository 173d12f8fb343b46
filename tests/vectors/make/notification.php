<?php
// A live oracle for notifications. On every line of stdin {"private_pem": text, "get": object, "digest": "sha1" or "sha256", "commission": boolean},
// answered with the query string that AliKassa would send, or {"public_pem": text, "query": text}, answered with "with", "without" or null.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$algorithms = ['sha1' => OPENSSL_ALGO_SHA1, 'sha256' => OPENSSL_ALGO_SHA256];
while (($line = fgets(STDIN)) !== false) {
    $question = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    if (isset($question['query'])) {
        $answer = php_verifies($question['query'], openssl_pkey_get_public($question['public_pem']));
    } else {
        $text = notification_text($question['get'], $question['commission']);
        openssl_sign($text, $signature, $question['private_pem'], $algorithms[$question['digest']]);
        $answer = http_build_query([...$question['get'], 'sign' => base64_encode($signature)]);
    }
    fwrite(STDOUT, json_encode($answer) . "\n");
}
