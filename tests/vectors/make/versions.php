<?php
// versions.json: who made the vectors.
declare(strict_types=1);
require __DIR__ . '/lib.php';

$node = json_decode((string) shell_exec("node -p 'JSON.stringify(process.versions)'"), true);
preg_match('/Library Version => (.*)/', (string) shell_exec('php -i'), $m);
$versions = [
    'php' => PHP_VERSION,
    'php_openssl' => trim($m[1] ?? OPENSSL_VERSION_TEXT),
    'openssl' => trim((string) shell_exec('openssl version')),
    'node' => $node['node'],
    'node_openssl' => $node['openssl'],
    'serialize_precision' => ini_get('serialize_precision'),
];
file_put_contents(VECTORS . '/versions.json', json_encode($versions, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES) . "\n");
