<?php
// A live oracle for notifications. On every line of stdin a question:
// {"private_pem": text, "get": object, "form": a name without the hash, "digest": "sha1" or "sha256"}, answered with the query string that
// AliKassa would send; {"private_pem": text, "body": JSON without sign, "form": "whole_body" or "whole_body_unescaped", "digest": …}, answered with
// the signature, or null if PHP does not read and write the body; {"public_pem": text, "verify": a query string or a JSON body}, answered with the form that verifies, or null;
// {"parse": a query string}, answered with the names that PHP has in $_GET.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$algorithms = ['sha1' => OPENSSL_ALGO_SHA1, 'sha256' => OPENSSL_ALGO_SHA256];
while (($line = fgets(STDIN)) !== false) {
    $question = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    if (isset($question['parse'])) {
        parse_str($question['parse'], $get);
        $answer = array_map(strval(...), array_keys($get));
    } elseif (isset($question['verify'])) {
        $answer = php_verifies($question['verify'], openssl_pkey_get_public($question['public_pem']));
    } else {
        ['form' => $form, 'digest' => $digest] = $question;
        $body = $question['body'] ?? null;
        try {
            $text = $body === null ? notification_text($question['get'], $form) : whole_body_text($body, $form);
        } catch (JsonException) {
            fwrite(STDOUT, "null\n");
            continue;
        }
        openssl_sign($text, $signature, $question['private_pem'], $algorithms[$digest]);
        $sign = base64_encode($signature);
        $answer = $body === null ? http_build_query([...$question['get'], 'sign' => $sign]) : $sign;
    }
    fwrite(STDOUT, json_encode($answer, JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
}
