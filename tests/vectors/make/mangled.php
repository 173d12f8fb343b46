<?php
// mangled.json: three good keys, as they come out of clipboards, mails, web forms and secret stores; public_mangled.json:
// two public ones. All must open.
// `php` says whether PHP itself opens the text: where it does not, opening is a kindness of ours.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$work = getenv('WORK') ?: fail('WORK is not set');
$certificate = file_get_contents("$work/certificate.pem");
$public = file_get_contents("$work/public.pem");
const BOM = "\xEF\xBB\xBF";
$mail = "From: cabinet@example.com\nTo: merchant@example.com\nSubject: API certificate for payouts\nDate: Mon, 2 Jun 2025 10:00:00 +0300\n\nКлюч во вложении.\n\n-----Original Message-----\n> the key, as agreed:\n\n";
// As `openssl pkcs12` prints above a key.
$bag = "Bag Attributes\n    friendlyName: payouts\n    localKeyID: 5C 0B 8D 7E 11 3A 90 F2 44 61 27 C3 0E D5 98 B6 2F 7A 13 E4 \nKey Attributes: <No Attributes>\n";

/** Applies to each line, the last line break aside. */
$lines = fn (string $t, callable $f) => implode("\n", array_map($f, explode("\n", rtrim($t, "\n")))) . "\n";
/** Breaks the base64 into lines of another width; headers and their blank line stay. */
$rewrap = function (string $t, int $width): string {
    preg_match('/^(-----BEGIN [^\n]+\n(?:Proc-Type.+?\n\n)?)(.*?)(-----END .*)$/s', $t, $m) || fail('no PEM to wrap');
    return $m[1] . chunk_split(str_replace("\n", '', $m[2]), $width, "\n") . $m[3];
};
$ways = [
    'as it is' => fn ($t) => $t,
    'CRLF' => fn ($t) => str_replace("\n", "\r\n", $t),
    'bare CR' => fn ($t) => str_replace("\n", "\r", $t),
    'CR CR LF' => fn ($t) => str_replace("\n", "\r\r\n", $t),
    'LF CR' => fn ($t) => str_replace("\n", "\n\r", $t),
    'no final newline' => fn ($t) => rtrim($t),
    'CRLF, no final newline' => fn ($t) => rtrim(str_replace("\n", "\r\n", $t)),
    'many final newlines' => fn ($t) => "$t\n\n\n",
    'newlines before' => fn ($t) => "\n\n$t",
    'blanks around the whole' => fn ($t) => "  \t $t \t  ",
    'blanks at the end of every line' => fn ($t) => $lines($t, fn ($l) => "$l  \t"),
    'blanks before every line' => fn ($t) => $lines($t, fn ($l) => "    $l"),
    'tabs before every line' => fn ($t) => $lines($t, fn ($l) => "\t$l"),
    'blanks and tabs on both sides' => fn ($t) => "\n" . $lines($t, fn ($l) => " \t$l\t ") . "  ",
    'indented under a YAML key' => fn ($t) => "private_key: |\n" . $lines($t, fn ($l) => "  $l"),
    'BOM' => fn ($t) => BOM . $t,
    'BOM, CRLF' => fn ($t) => BOM . str_replace("\n", "\r\n", $t),
    'BOM, CRLF, blanks' => fn ($t) => BOM . "  \r\n" . str_replace("\n", " \r\n", $lines($t, fn ($l) => "\t$l")) . ' ',
    'BOM, bare CR, no final newline' => fn ($t) => BOM . rtrim(str_replace("\n", "\r", $t), "\r"),
    'BOM, quotes, literal \n' => fn ($t) => BOM . '"' . str_replace("\n", '\n', $t) . '"',
    'mail around' => fn ($t) => "$mail$t\n-- \nBest regards,\nthe cabinet\n",
    'mail around, CRLF' => fn ($t) => str_replace("\n", "\r\n", "$mail$t\n-- \nthe cabinet\n"),
    'Bag Attributes before' => fn ($t) => $bag . $t,
    'certificate before' => fn ($t) => $certificate . $t,
    'certificate after' => fn ($t) => $t . $certificate,
    'public key before' => fn ($t) => $public . $t,
    'certificate and public key before' => fn ($t) => $certificate . $public . $t,
    'public key, Bag Attributes, certificate, CRLF' => fn ($t) => str_replace("\n", "\r\n", $public . $bag . $certificate . $bag . $t),
    'literal \n' => fn ($t) => str_replace("\n", '\n', $t),
    'literal \n, none at the end' => fn ($t) => str_replace("\n", '\n', rtrim($t)),
    'literal \r\n' => fn ($t) => str_replace("\n", '\r\n', $t),
    'literal \n and real ones' => fn ($t) => str_replace("\n", "\\n\n", $t),
    'literal \n, certificate before' => fn ($t) => str_replace("\n", '\n', $certificate . $t),
    'blanks in place of line breaks' => fn ($t) => str_replace("\n", ' ', $t),
    'tabs in place of line breaks' => fn ($t) => str_replace("\n", "\t", $t),
    'no line breaks at all' => fn ($t) => str_replace("\n", '', $t),
    'double quotes' => fn ($t) => "\"$t\"",
    'double quotes, no final newline' => fn ($t) => '"' . rtrim($t) . "\"\n",
    'single quotes' => fn ($t) => "'" . rtrim($t) . "'",
    'double quotes, literal \n' => fn ($t) => '"' . str_replace("\n", '\n', $t) . '"',
    'single quotes, literal \n' => fn ($t) => "'" . str_replace("\n", '\n', rtrim($t)) . "'",
    'an assignment' => fn ($t) => 'ALIKASSA_PRIVATE_KEY="' . rtrim($t) . "\"\n",
    'an assignment, literal \n' => fn ($t) => 'ALIKASSA_PRIVATE_KEY="' . str_replace("\n", '\n', $t) . '"',
    'blank lines between' => fn ($t) => str_replace("\n", "\n\n", $t),
    'blank lines between, CRLF' => fn ($t) => str_replace("\n", "\r\n\r\n", $t),
    'one blank line in the middle' => fn ($t) => substr_replace($t, "\n", strpos($t, "\n", 800), 0),
    'wrapped at 76' => fn ($t) => $rewrap($t, 76),
    'wrapped at 1000' => fn ($t) => $rewrap($t, 1000),
    'wrapped at 7' => fn ($t) => $rewrap($t, 7),
    'all base64 on one line' => fn ($t) => $rewrap($t, 100000),
];
$keys = [];
foreach (read_records(VECTORS . '/keys.json') as $record) {
    $keys[$record['file']] ??= $record;
}
$records = [];
foreach (['php-3des-2048.pem', 'dek-3des.pem', 'plain-2048.pem'] as $file) {
    $key = $keys[$file];
    $pem = file_get_contents(VECTORS . "/keys/$file");
    foreach ($ways as $way => $mangle) {
        $text = $mangle($pem);
        $opens = php_opens($text, $key['password'] ?? '');
        if ($opens !== null && $opens['fingerprint'] !== $key['fingerprint']) {
            fail("PHP finds another key in $file: $way");
        }
        $records[] = ['name' => basename($file, '.pem') . ": $way", 'text' => $text, 'password' => $key['password'], 'fingerprint' => $key['fingerprint'], 'php' => $opens !== null];
    }
}
count(array_unique(array_column($records, 'text'))) === count($records) || fail('two ways of mangling are the same');
write_records('mangled.json', $records, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);

// Of a text with another public key in it, it would not be clear which is meant; and these are too short to be wrapped at 1000.
$alone = array_filter($ways, fn ($way) => !preg_match('/certificate|public key|wrapped at 1000/', $way), ARRAY_FILTER_USE_KEY);
$alone['an assignment'] = fn ($t) => 'ALIKASSA_NOTIFICATION_KEY="' . rtrim($t) . "\"\n";
$alone['one blank line in the middle'] = fn ($t) => substr_replace($t, "\n", strpos($t, "\n", 200), 0);
$records = [];
foreach (read_records(VECTORS . '/public.json') as ['file' => $file, 'fingerprint' => $fingerprint]) {
    if (!in_array($file, ['spki-2048.pem', 'certificate-1024.pem'], true)) {
        continue;
    }
    foreach ($alone as $way => $mangle) {
        $text = $mangle(file_get_contents(VECTORS . "/public/$file"));
        $opens = php_opens_public($text);
        if ($opens !== null && $opens['fingerprint'] !== $fingerprint) {
            fail("PHP finds another key in $file: $way");
        }
        $records[] = ['name' => basename($file, '.pem') . ": $way", 'text' => $text, 'fingerprint' => $fingerprint, 'php' => $opens !== null];
    }
}
count(array_unique(array_column($records, 'text'))) === count($records) || fail('two ways of mangling are the same');
write_records('public_mangled.json', $records, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
