<?php
// keys.json: checks every line of keys.tsv against its file (openssl asn1parse sees the DER, PHP and openssl open the key) and lists it.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$work = getenv('WORK') ?: fail('WORK is not set');

/** What openssl sees in the file's algorithm: names and numbers in their order, or the PEM's own words. */
function der_of(string $path): string
{
    $text = file_get_contents($path);
    if (preg_match('/^DEK-Info: ([A-Z0-9-]+),/m', $text, $m)) {
        return "DEK-Info $m[1]";
    }
    if (!str_starts_with($text, '-----BEGIN ENCRYPTED PRIVATE KEY-----')) {
        preg_match('/^-----BEGIN (.*)-----/', $text, $m);
        return $m[1];
    }
    exec('openssl asn1parse -in ' . escapeshellarg($path), $lines, $status);
    $status === 0 || fail("asn1parse: $path");
    $seen = [];
    foreach ($lines as $line) {
        if (preg_match('/OBJECT\s+:(.+)$/', $line, $m)) {
            $seen[] = $m[1];
        } elseif (preg_match('/INTEGER\s+:([0-9A-F]+)$/', $line, $m)) {
            $seen[] = hexdec($m[1]);
        }
    }
    return implode(' ', $seen);
}
/** Size and fingerprint as the openssl command has them, with its legacy provider at hand. */
function openssl_opens(string $path, ?string $password): array
{
    $from = ($password ?? '') === '' ? 'pass:' : 'env:P'; // PHP hands no empty variable on
    $command = 'openssl pkey -in ' . escapeshellarg($path) . " -passin $from -pubout -provider legacy -provider default";
    $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['pipe', 'w']], $pipes, null, ['P' => $password ?? '', 'PATH' => getenv('PATH')]);
    $public = stream_get_contents($pipes[1]);
    $error = stream_get_contents($pipes[2]);
    proc_close($process) === 0 || fail("openssl does not open $path: $error");
    return ['bits' => openssl_pkey_get_details(openssl_pkey_get_public($public))['bits'], 'fingerprint' => fingerprint($public)];
}

$records = [];
foreach (file("$work/keys.tsv", FILE_IGNORE_NEW_LINES) as $line) {
    [$file, $password, $maker, $der, $form] = explode("\t", $line);
    $password = $password === '-:' ? null : base64_decode(rtrim($password, ':'), true);
    $path = VECTORS . "/keys/$file";
    der_of($path) === $der || fail("$file should be «$der» and is «" . der_of($path) . '»');
    // PHP asks the terminal when the password is null, so a key in the clear gets an empty one: it makes no difference there.
    $php = php_opens(file_get_contents($path), $password ?? '');
    // An environment cannot hold a NUL: for that one password PHP is the only judge.
    $other = str_contains($password ?? '', "\0") ? $php : openssl_opens($path, $password);
    if ($php !== null && ($php['bits'] !== $other['bits'] || $php['fingerprint'] !== $other['fingerprint'])) {
        fail("PHP and openssl see different keys in $file");
    }
    $record = ['file' => $file, 'password' => $password, 'form' => $form, 'der' => $der, 'made_by' => $maker,
        'bits' => $other['bits'], 'fingerprint' => $other['fingerprint'], 'php' => $php !== null];
    if ($php === null) {
        $record['openssl'] = str_contains(strtolower($der), 'des-cbc')
            ? 'the openssl command opens it with -provider legacy; PHP on OpenSSL 3 has no single DES unless openssl.cnf loads that provider'
            : fail("PHP does not open $file");
    }
    $records[$file] = $record;
}
// password.txt with a line break that is no part of the password. PHP itself takes the file as it is, and fails.
$endings = ["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"];
foreach (['php-3des-2048.pem', 'dek-3des.pem', 'scrypt-aes256.pem', 'password-2-3des.pem', 'password-6-3des.pem', 'plain-2048.pem', 'password-empty-3des.pem'] as $file) {
    $record = $records[$file];
    foreach ($file === 'password-6-3des.pem' ? [''] : $endings as $ending) {
        $content = ($record['password'] ?? '') . $ending;
        $opens = php_opens(file_get_contents(VECTORS . "/keys/$file"), $content) !== null;
        $records[] = [...$record, 'password_file' => $content, 'php_with_password_file' => $opens];
    }
}
foreach (['password-5-3des.pem', 'password-5-dek.pem'] as $file) {
    $content = $records[$file]['password']; // the newline is part of it: trimming first would fail
    $records[] = [...$records[$file], 'password_file' => $content, 'php_with_password_file' => true];
}
write_records('keys.json', $records, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
