<?php
// refused.json: the list of refused.tsv, and what PHP says of each file.
// PHP is more generous than we may be: it believes the numbers of an RSA key, and it takes any amount of work.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$work = getenv('WORK') ?: fail('WORK is not set');
$unasked = ['iterations-2147483647.pem', 'iterations-2-63.pem', 'scrypt-p-2-30.pem'];
$records = [];
foreach (file("$work/refused.tsv", FILE_IGNORE_NEW_LINES) as $line) {
    [$file, $password, $kind, $oid, $why] = explode("\t", $line);
    $password = $password === '-:' ? null : base64_decode(rtrim($password, ':'), true);
    $pem = file_get_contents(VECTORS . "/refused/$file");
    // Null would make PHP ask the terminal: a password that nothing here is encrypted with means the same.
    $php = in_array($file, $unasked, true) ? null : php_opens($pem, $password ?? 'no password was given') !== null;
    $record = ['file' => $file, 'password' => $password, 'kind' => $kind, 'why' => $why];
    if ($oid !== '-') {
        $record['oid'] = $oid;
    }
    $record['php'] = $php; // null: not asked, it would work for minutes or hours
    $records[$file] = $record;
}
foreach ($records as $record) {
    if ($record['php'] && in_array($record['kind'], ['wrong_password', 'no_password', 'not_a_key'], true)) {
        fail("PHP opens $record[file]: $record[why]");
    }
}
write_records('refused.json', $records, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
