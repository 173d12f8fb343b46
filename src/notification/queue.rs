//! The producer side of Cloudflare's queue (<https://developers.cloudflare.com/queues/>).

use std::time::Duration;

use alikassa::web::{WebClock, await_promise};
use alikassa::{Clock, Notification, timeout};
use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// How long the queue may take to accept a message. Without it, the request forwards the notification.
const SEND_TIMEOUT: Duration = Duration::from_secs(3);

#[wasm_bindgen]
extern "C" {
    /// <https://developers.cloudflare.com/queues/configuration/javascript-apis/#queue>
    pub(crate) type Queue;

    #[wasm_bindgen(method, catch)]
    fn send(this: &Queue, body: &Object, options: &Object) -> Result<JsValue, JsValue>;
}

impl Queue {
    /// Sends the signed parameters of a notification with their signature, as an object. The consumer verifies them and reads the payout
    /// again, so that a message can't be forged or go stale.
    pub(crate) async fn enqueue(&self, notification: &Notification) -> Result<(), JsValue> {
        let body = Object::new();
        for (name, value) in notification.parameters() {
            Reflect::set(&body, &name.into(), &value.into())?;
        }
        let options = Object::new();
        Reflect::set(&options, &"contentType".into(), &"json".into())?;
        let sent = timeout(WebClock.sleep(SEND_TIMEOUT), await_promise(self.send(&body, &options))).await;
        sent.ok_or(JsValue::UNDEFINED)?.map(drop)
    }
}
