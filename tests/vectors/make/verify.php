<?php
// A live oracle for signatures: {"public_pem": text, "message": base64, "signature": base64, "digest": "sha1" or "sha256"}
// on every line of stdin; `ok` or `not` on stdout, or `error: …` if the question was wrong.
declare(strict_types=1);

$algorithms = ['sha1' => OPENSSL_ALGO_SHA1, 'sha256' => OPENSSL_ALGO_SHA256];
while (($line = fgets(STDIN)) !== false) {
    $question = json_decode($line, true) ?? [];
    $key = @openssl_pkey_get_public($question['public_pem'] ?? '');
    $message = base64_decode($question['message'] ?? '?', true);
    $signature = base64_decode($question['signature'] ?? '?', true);
    $algorithm = $algorithms[$question['digest'] ?? ''] ?? null;
    $answer = match (true) {
        $key === false => 'error: no public key',
        $message === false || $signature === false => 'error: not base64',
        $algorithm === null => 'error: no such digest',
        default => openssl_verify($message, $signature, $key, $algorithm) === 1 ? 'ok' : 'not',
    };
    fwrite(STDOUT, "$answer\n");
}
