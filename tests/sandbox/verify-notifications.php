<?php
// Prints 1 for each query string on a line of standard input whose notification verifies, else 0.
// Arguments: public.pem, 1 if commission_amount is signed, else 0.
declare(strict_types=1);

[, $file, $withCommission] = $argv;
$publicKey = openssl_pkey_get_public(file_get_contents($file));
$names = ['type', 'id', 'order_id', 'payment_status', 'amount', 'payment_amount', 'commission_amount', 'is_partial_payment',
    'account', 'service', 'desc'];
if ($withCommission === '0') {
    $names = array_diff($names, ['commission_amount']);
}
while (($line = fgets(STDIN)) !== false) {
    parse_str(trim($line), $query);
    $data = [];
    foreach ($names as $name) {
        $data[$name] = $name === 'id' ? (int) $query['id'] : $query[$name] ?? null;
    }
    // PHP's base64_decode ignores blanks, so a plus that became one must be restored.
    $signature = base64_decode(str_replace(' ', '+', $query['sign']), true);
    echo openssl_verify(json_encode($data), $signature, $publicKey), "\n";
}
