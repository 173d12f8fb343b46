//! Cloudflare's queue, on the side where notifications go in (<https://developers.cloudflare.com/queues/>).

use std::time::Duration;

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::edges::{promise, timer};
use crate::gateway::transport::within;
use crate::ground::notification::Notification;

/// How long the queue may take to take a notification. The merchant can still be told without it.
const PATIENCE: Duration = Duration::from_secs(3);

#[wasm_bindgen]
extern "C" {
    /// <https://developers.cloudflare.com/queues/configuration/javascript-apis/#queue>
    pub(super) type Queue;

    #[wasm_bindgen(method, catch)]
    fn send(this: &Queue, body: &Object, options: &Object) -> Result<JsValue, JsValue>;
}

impl Queue {
    /// Puts a notification into it: the parameters that AliKassa signed with their signature, as an object. It is verified again when it
    /// comes out, and the payout is read then, so that what waits in the queue can't be made by somebody else and can't grow old.
    pub(super) async fn hold(&self, notification: &Notification) -> Result<(), JsValue> {
        let body = Object::new();
        for (name, value) in notification.parameters() {
            Reflect::set(&body, &name.into(), &value.into())?;
        }
        let options = Object::new();
        Reflect::set(&options, &"contentType".into(), &"json".into())?;
        let sent = within(timer::wait(PATIENCE), promise::settled(self.send(&body, &options))).await;
        sent.ok_or(JsValue::UNDEFINED)?.map(drop)
    }
}
