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

/** What PHP says of a public key; null if it does not open it. */
function php_opens_public(string $pem): ?array
{
    while (openssl_error_string() !== false);
    if (str_starts_with($pem, 'file://')) {
        return null;
    }
    $key = @openssl_pkey_get_public($pem);
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

/** The text under a notification's signature, of what PHP has in $_GET: as on AliKassa's page, and null for what did not come. */
function notification_text(array $get, bool $with_commission): string
{
    $fields = [
        'type' => $get['type'] ?? null,
        'id' => (int) ($get['id'] ?? null),
        'order_id' => $get['order_id'] ?? null,
        'payment_status' => $get['payment_status'] ?? null,
        'amount' => $get['amount'] ?? null,
        'payment_amount' => $get['payment_amount'] ?? null,
        'commission_amount' => $get['commission_amount'] ?? null,
        'is_partial_payment' => $get['is_partial_payment'] ?? null,
        'account' => $get['account'] ?? null,
        'service' => $get['service'] ?? null,
        'desc' => $get['desc'] ?? null,
    ];
    if (!$with_commission) {
        unset($fields['commission_amount']); // as clients have it that are older than the field
    }
    return json_encode($fields);
}

/** Which of the two texts AliKassa's own check finds signed, for a query string as it comes: 'with', 'without' or null. */
function php_verifies(string $query, OpenSSLAsymmetricKey $public): ?string
{
    parse_str($query, $get);
    $signature = base64_decode(is_string($get['sign'] ?? null) ? $get['sign'] : '');
    foreach (['with' => true, 'without' => false] as $name => $with_commission) {
        foreach ([OPENSSL_ALGO_SHA1, OPENSSL_ALGO_SHA256] as $algorithm) {
            if (openssl_verify(notification_text($get, $with_commission), $signature, $public, $algorithm) === 1) {
                return $name;
            }
        }
    }
    return null;
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
