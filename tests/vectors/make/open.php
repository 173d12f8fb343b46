<?php
// A live oracle for keys: {"pem": base64, "password": base64 or null} on every line of stdin; on stdout, line by line,
// {"opens":true,"type":"rsa" or "other","bits":…,"fingerprint":…} or {"opens":false}, with "error" if the question was wrong.
declare(strict_types=1);
require __DIR__ . '/lib.php';

while (($line = fgets(STDIN)) !== false) {
    $question = json_decode($line, true);
    $pem = base64_decode($question['pem'] ?? '?', true);
    // With PHP's null, OpenSSL asks for the password on the terminal, or on our stdin. An absurd one says the same:
    // a key opens under it only if it is not encrypted.
    $password = isset($question['password']) ? base64_decode($question['password'], true) : "no password \0 was given";
    if ($pem === false || $password === false) {
        $answer = ['opens' => false, 'error' => 'not base64'];
    } else {
        $key = php_opens($pem, $password);
        $answer = $key === null ? ['opens' => false] : ['opens' => true, ...$key];
    }
    fwrite(STDOUT, json_encode($answer) . "\n");
}
