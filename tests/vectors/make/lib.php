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

/** The documented fields that a form of the signed text leaves out. */
const LEFT_OUT = [
    'documented' => ['card_brand'],
    'without_commission' => ['commission_amount', 'card_brand'],
    'card_brand' => [],
    'card_brand_without_commission' => ['commission_amount'],
];

/** The names of the forms of the signed text, without the hash. */
function notification_forms(): array
{
    $forms = array_merge(...array_map(fn ($fields) => [$fields, "{$fields}_boolean"], array_keys(LEFT_OUT)));
    return array_merge(...array_map(fn ($form) => [$form, "{$form}_unescaped"], [...$forms, 'whole_body']));
}

/** The text under a notification's signature, of what PHP has in $_GET: as on AliKassa's page, and null for what did not come. */
function notification_text(array $get, string $form = 'documented'): string
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
        'card_brand' => $get['card_brand'] ?? null,
    ];
    if (str_contains($form, '_boolean')) {
        $fields['is_partial_payment'] = match ($fields['is_partial_payment']) {
            '1', 'true' => true,
            '0', 'false' => false,
            default => $fields['is_partial_payment'],
        };
    }
    foreach (LEFT_OUT[preg_replace('/_boolean|_unescaped/', '', $form)] as $field) {
        unset($fields[$field]); // as clients have it that are older than the field
    }
    return json_encode($fields, str_ends_with($form, '_unescaped') ? JSON_UNESCAPED_SLASHES : 0);
}

/** The text under the signature of a whole body: its fields without `sign`, in their order. */
function whole_body_text(string $body, string $form): string
{
    $fields = json_decode($body, false, 512, JSON_THROW_ON_ERROR);
    unset($fields->sign);
    return json_encode($fields, JSON_THROW_ON_ERROR | (str_ends_with($form, '_unescaped') ? JSON_UNESCAPED_SLASHES : 0));
}

/** What $_GET would hold of the fields of a JSON body. */
function get_of_body(string $body): array
{
    $fields = array_filter(json_decode($body, true, 512, JSON_THROW_ON_ERROR), fn ($value) => is_scalar($value));
    return array_map(fn ($value) => is_bool($value) ? ($value ? '1' : '0') : (string) $value, $fields);
}

/** In which form a query string or a JSON body is signed, with the hash: 'documented_sha1', or null for none. */
function php_verifies(string $input, OpenSSLAsymmetricKey $public): ?string
{
    $is_body = str_starts_with(ltrim($input), '{');
    if ($is_body) {
        $get = get_of_body($input);
    } else {
        parse_str($input, $get);
    }
    $signature = base64_decode(is_string($get['sign'] ?? null) ? $get['sign'] : '');
    foreach (notification_forms() as $form) {
        if (str_starts_with($form, 'whole_body')) {
            if (!$is_body) {
                continue;
            }
            $text = whole_body_text($input, $form);
        } else {
            $text = notification_text($get, $form);
        }
        foreach (['sha1' => OPENSSL_ALGO_SHA1, 'sha256' => OPENSSL_ALGO_SHA256] as $digest => $algorithm) {
            if (openssl_verify($text, $signature, $public, $algorithm) === 1) {
                return "{$form}_$digest";
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
