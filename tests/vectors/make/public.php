<?php
// public.json and public_refused.json: what PHP and openssl say of every file in public.tsv.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$work = getenv('WORK') ?: fail('WORK is not set');
$records = ['public' => [], 'public_refused' => []];
foreach (file("$work/public.tsv", FILE_IGNORE_NEW_LINES) as $line) {
    [$folder, $file, $kind, $oid, $about] = explode("\t", $line);
    // For the password of a private key, which it does not take in the end, OpenSSL would ask the terminal.
    $asked = !in_array($file, ['private-encrypted.pem', 'private-dek.pem'], true);
    $php = $asked ? php_opens_public(file_get_contents(VECTORS . "/$folder/$file")) : null;
    if ($folder === 'public') {
        ($php ?? [])['type'] === 'rsa' || fail("PHP does not open $file");
        $records[$folder][] = ['file' => $file, 'about' => $about, 'bits' => $php['bits'], 'fingerprint' => $php['fingerprint']];
        continue;
    }
    $record = ['file' => $file, 'kind' => $kind, 'why' => $about];
    if ($oid !== '-') {
        $record['oid'] = $oid;
    }
    // PHP takes small keys, impossible ones, and those of other kinds.
    $php === null || in_array($kind, ['not_rsa', 'bad_size', 'impossible'], true) || fail("PHP opens $file");
    $records[$folder][] = [...$record, 'php' => $asked ? $php !== null : null];
}
// The same key, wherever it stands.
$fingerprints = array_column($records['public'], 'fingerprint', 'file');
foreach (['pkcs1', 'certificate'] as $form) {
    foreach ([1024, 2048] as $bits) {
        $fingerprints["$form-$bits.pem"] === $fingerprints["spki-$bits.pem"] || fail("$form-$bits.pem holds another key");
    }
}
foreach ($records as $folder => $of) {
    write_records("$folder.json", $of, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
}
