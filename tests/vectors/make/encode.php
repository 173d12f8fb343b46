<?php
// A live oracle for PHP's JSON: a JSON text in base64 on every line of stdin; on stdout, line by line,
// the base64 of json_encode(json_decode($text)), or `error: …`.
declare(strict_types=1);

while (($line = fgets(STDIN)) !== false) {
    $text = base64_decode(trim($line), true);
    $php = false;
    if ($text === false) {
        $error = 'not base64';
    } else {
        $value = json_decode($text);
        $error = json_last_error_msg();
        if (json_last_error() === JSON_ERROR_NONE) {
            $php = json_encode($value);
            $error = json_last_error_msg();
        }
    }
    // Written at once: the caller may wait for the answer before the next question.
    fwrite(STDOUT, ($php === false ? "error: $error" : base64_encode($php)) . "\n");
}
