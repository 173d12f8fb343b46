<?php
// A merchant in PHP: for each query string on a line of standard input, whether the notification in it verifies.
// Arguments: public.pem, 1 if commission_amount is signed, else 0.
declare(strict_types=1);

[, $file, $withCommission] = $argv;
$publicKey = openssl_pkey_get_public(file_get_contents($file));
while (($line = fgets(STDIN)) !== false) {
    parse_str(trim($line), $query);
    $data = [
        'type' => $query['type'] ?? null,
        'id' => (int) $query['id'],
        'order_id' => $query['order_id'] ?? null,
        'payment_status' => $query['payment_status'] ?? null,
        'amount' => $query['amount'] ?? null,
        'payment_amount' => $query['payment_amount'] ?? null,
        'commission_amount' => $query['commission_amount'] ?? null,
        'is_partial_payment' => $query['is_partial_payment'] ?? null,
        'account' => $query['account'] ?? null,
        'service' => $query['service'] ?? null,
        'desc' => $query['desc'] ?? null,
    ];
    if ($withCommission === '0') {
        unset($data['commission_amount']);
    }
    // PHP's base64_decode passes over blanks, so that a plus that has become one must be put back.
    $signature = base64_decode(str_replace(' ', '+', $query['sign']), true);
    echo openssl_verify(json_encode($data), $signature, $publicKey), "\n";
}
