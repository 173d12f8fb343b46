<?php
// What the PHP scripts here share.
declare(strict_types=1);

const VECTORS = __DIR__ . '/..';

/** One record per line: a reader can look a vector up with grep, and a change shows as one line. */
function write_records(string $name, array $records, int $flags = 0): void
{
    $lines = array_map(
        fn ($record) => json_encode($record, $flags | JSON_THROW_ON_ERROR),
        array_values($records)
    );
    file_put_contents(VECTORS . "/$name", "[\n" . implode(",\n", $lines) . "\n]\n");
    fprintf(STDERR, "%s: %d records\n", $name, count($lines));
}

function read_records(string $path): array
{
    return json_decode(file_get_contents($path), true, 512, JSON_THROW_ON_ERROR);
}

/** Refuses to go on: vectors that are not what they claim to be are worse than none. */
function fail(string $why): never
{
    fwrite(STDERR, "make: $why\n");
    exit(1);
}

/** What PHP says of a key; null if it does not open it. A null password is PHP's null. */
function php_opens(string $pem, ?string $password): ?array
{
    while (openssl_error_string() !== false); // the queue is global: an old error would confuse the next call
    if (str_starts_with($pem, 'file://')) {
        return null; // PHP would read that file
    }
    $key = @openssl_pkey_get_private($pem, $password);
    if ($key === false) {
        return null;
    }
    $details = openssl_pkey_get_details($key);
    return [
        'type' => $details['type'] === OPENSSL_KEYTYPE_RSA ? 'rsa' : 'other',
        'bits' => $details['bits'],
        'fingerprint' => fingerprint($details['key']),
    ];
}

/** SHA-256 of the SubjectPublicKeyInfo in a PUBLIC KEY block. */
function fingerprint(string $publicPem): string
{
    $base64 = preg_replace('/-----[^-]+-----|\s/', '', $publicPem);
    return hash('sha256', base64_decode($base64, true));
}

/** A character by its code point, without mbstring. */
function utf8(int $c): string
{
    return match (true) {
        $c < 0x80 => chr($c),
        $c < 0x800 => chr(0xC0 | $c >> 6) . chr(0x80 | $c & 0x3F),
        $c < 0x10000 => chr(0xE0 | $c >> 12) . chr(0x80 | $c >> 6 & 0x3F) . chr(0x80 | $c & 0x3F),
        default => chr(0xF0 | $c >> 18) . chr(0x80 | $c >> 12 & 0x3F) . chr(0x80 | $c >> 6 & 0x3F) . chr(0x80 | $c & 0x3F),
    };
}
