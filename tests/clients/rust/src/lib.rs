//! kube-rs: a kind derived from a struct, its definition installed, objects made, patched in each way, applied, scaled, watched; a controller.
//! Reads: KUBECONFIG.
#![cfg(test)]

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, pin_mut};
use k8s_openapi::{
    api::{apps::v1::Deployment, core::v1::ConfigMap, core::v1::Namespace},
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client, CustomResource, CustomResourceExt, Error, Resource, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams},
    runtime::{Controller, conditions, controller::Action, finalizer, finalizer::Event, wait::await_condition, watcher},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::{sync::OnceCell, time::timeout};

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(CustomResource, Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[kube(group = "rust.example.com", version = "v1", kind = "Crab", namespaced, status = "CrabStatus")]
#[kube(scale(spec_replicas_path = ".spec.replicas", status_replicas_path = ".status.replicas"))]
struct CrabSpec {
    #[schemars(range(min = 0))]
    replicas: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    colour: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    claws: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
struct CrabStatus {
    replicas: i32,
    phase: Option<String>,
}

static INSTALLED: OnceCell<()> = OnceCell::const_new();

/// A namespace of its own; the first to come installs the definition. Each test has a runtime, so a client, of its own.
async fn crabs(namespace: &str) -> (Client, Api<Crab>) {
    let client = Client::try_default().await.unwrap();
    INSTALLED
        .get_or_init(|| async {
            let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
            let params = PatchParams::apply("rust").force();
            definitions.patch("crabs.rust.example.com", &params, &Patch::Apply(Crab::crd())).await.unwrap();
            let established = await_condition(definitions, "crabs.rust.example.com", conditions::is_crd_established());
            timeout(PATIENCE, established).await.unwrap().unwrap();
        })
        .await;
    let space = serde_json::from_value(json!({"metadata": {"name": namespace}})).unwrap();
    Api::<Namespace>::all(client.clone()).create(&PostParams::default(), &space).await.unwrap();
    (client.clone(), Api::namespaced(client, namespace))
}

fn crab(name: &str, replicas: i32) -> Crab {
    Crab::new(name, CrabSpec { replicas, ..Default::default() })
}

fn code<T: std::fmt::Debug>(answer: kube::Result<T>) -> u16 {
    match answer {
        Err(Error::Api(status)) => status.code,
        other => panic!("not refused by the server: {other:?}"),
    }
}

#[tokio::test]
async fn patches() {
    let (_, crabs) = crabs("rust-patches").await;
    let made = crabs.create(&PostParams::default(), &crab("soft", 1)).await.unwrap();
    let params = PatchParams::default();
    let merged = crabs.patch("soft", &params, &Patch::Merge(json!({"spec": {"claws": ["a"]}}))).await.unwrap();
    assert_eq!((merged.spec.claws.len(), merged.metadata.generation), (1, Some(2)));
    assert_eq!(code(crabs.replace("soft", &PostParams::default(), &made).await), 409);
    assert_eq!(code(crabs.patch("soft", &params, &Patch::Strategic(json!({"spec": {}}))).await), 415);
    assert_eq!(code(crabs.patch("soft", &params, &Patch::Merge(json!({"spec": {"replicas": -1}}))).await), 422);
    let jump = json!([{"op": "test", "path": "/spec/claws/0", "value": "a"}, {"op": "add", "path": "/spec/claws/-", "value": "b"}]);
    let jumped = crabs.patch("soft", &params, &Patch::<Crab>::Json(serde_json::from_value(jump).unwrap())).await.unwrap();
    assert_eq!(jumped.spec.claws, ["a", "b"]);
    let told = json!({"status": {"replicas": 1, "phase": "moults"}, "spec": {"replicas": 8}});
    let told = crabs.patch_status("soft", &params, &Patch::Merge(told)).await.unwrap();
    assert_eq!((told.spec.replicas, told.status.unwrap().phase.unwrap().as_str()), (1, "moults"));
    let scale = crabs.patch_scale("soft", &params, &Patch::Merge(json!({"spec": {"replicas": 3}}))).await.unwrap();
    assert_eq!(scale.spec.unwrap().replicas, Some(3));
    assert_eq!(crabs.get("soft").await.unwrap().spec.replicas, 3);
    assert_eq!(crabs.get_metadata("soft").await.unwrap().name_any(), "soft");
    assert!(crabs.get_opt("nobody").await.unwrap().is_none());
}

// Strategic merge is for kinds that are built in.
#[tokio::test]
async fn built_in() {
    let (client, _) = crabs("rust-built-in").await;
    let webs: Api<Deployment> = Api::namespaced(client, "rust-built-in");
    let labels = json!({"app": "web"});
    let web = serde_json::from_value(json!({
        "metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}}));
    webs.create(&PostParams::default(), &web.unwrap()).await.unwrap();
    let params = PatchParams::default();
    let side = json!({"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "s"}]}}}});
    let two = webs.patch("web", &params, &Patch::Strategic(side)).await.unwrap();
    assert_eq!(two.spec.unwrap().template.spec.unwrap().containers.len(), 2);
    let scale = webs.patch_scale("web", &params, &Patch::Merge(json!({"spec": {"replicas": 2}}))).await.unwrap();
    assert_eq!(scale.spec.unwrap().replicas, Some(2));
    let available = |d: Option<&Deployment>| d.and_then(|d| d.status.as_ref()).is_some_and(|s| s.available_replicas == Some(2));
    timeout(PATIENCE, await_condition(webs, "web", available)).await.unwrap().unwrap();
}

#[tokio::test]
async fn apply() {
    let (_, crabs) = crabs("rust-apply").await;
    let kind = json!({"apiVersion": "rust.example.com/v1", "kind": "Crab", "metadata": {"name": "hard"}, "spec": {"replicas": 2, "colour": "red"}});
    let one = PatchParams::apply("one");
    let first = crabs.patch("hard", &one, &Patch::Apply(&kind)).await.unwrap();
    let again = crabs.patch("hard", &one, &Patch::Apply(&kind)).await.unwrap();
    assert_eq!(first.resource_version(), again.resource_version());
    let other = json!({"apiVersion": "rust.example.com/v1", "kind": "Crab", "metadata": {"name": "hard"}, "spec": {"replicas": 2, "colour": "blue"}});
    assert_eq!(code(crabs.patch("hard", &PatchParams::apply("two"), &Patch::Apply(&other)).await), 409);
    let forced = crabs.patch("hard", &PatchParams::apply("two").force(), &Patch::Apply(&other)).await.unwrap();
    assert_eq!(forced.spec.colour.as_deref(), Some("blue"));
    let owners: Vec<_> = forced.managed_fields().iter().filter_map(|m| m.manager.as_deref()).collect();
    assert_eq!(owners, ["one", "two"]);
}

#[tokio::test]
async fn watched() {
    let (client, crabs) = crabs("rust-watched").await;
    let version = crabs.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    crabs.create(&PostParams::default(), &crab("fast", 1)).await.unwrap();
    crabs.delete("fast", &DeleteParams::default()).await.unwrap();
    let events = crabs.watch(&WatchParams::default().timeout(20), &version).await.unwrap();
    pin_mut!(events);
    let mut seen = vec![];
    while seen.len() < 2 {
        match events.try_next().await.unwrap().unwrap() {
            WatchEvent::Added(c) => seen.push(format!("added {}", c.name_any())),
            WatchEvent::Deleted(c) => seen.push(format!("deleted {}", c.name_any())),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, ["added fast", "deleted fast"]);
    // A streamed list, of a built-in kind.
    let maps: Api<ConfigMap> = Api::namespaced(client, "rust-watched");
    let listed = watcher::watcher(maps, watcher::Config::default().streaming_lists());
    pin_mut!(listed);
    let done = async {
        while !matches!(listed.try_next().await.unwrap().unwrap(), watcher::Event::InitDone) {}
    };
    timeout(PATIENCE, done).await.unwrap();
}

const FINALIZER: &str = "rust.example.com/farewell";

async fn reconcile(crab: Arc<Crab>, client: Arc<Client>) -> Result<Action, finalizer::Error<Error>> {
    let namespace = crab.namespace().unwrap();
    let crabs: Api<Crab> = Api::namespaced((*client).clone(), &namespace);
    finalizer(&crabs, FINALIZER, crab, |event| async {
        let params = PatchParams::apply("crab-operator").force();
        match event {
            Event::Apply(crab) => {
                let labels = json!({"crab": crab.name_any()});
                let web = json!({
                    "apiVersion": "apps/v1", "kind": "Deployment",
                    "metadata": {"name": crab.name_any(), "ownerReferences": [crab.controller_owner_ref(&()).unwrap()]},
                    "spec": {"replicas": crab.spec.replicas, "selector": {"matchLabels": labels}, "template": {
                        "metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}});
                let made: Api<Deployment> = Api::namespaced((*client).clone(), &namespace);
                let web = made.patch(&crab.name_any(), &params, &Patch::Apply(web)).await?;
                let replicas = web.status.and_then(|s| s.available_replicas).unwrap_or(0);
                let status = json!({"apiVersion": "rust.example.com/v1", "kind": "Crab", "status": {"replicas": replicas}});
                Api::<Crab>::namespaced((*client).clone(), &namespace).patch_status(&crab.name_any(), &params, &Patch::Apply(status)).await?;
            }
            Event::Cleanup(crab) => {
                let note = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": crab.name_any()}});
                let maps: Api<ConfigMap> = Api::namespaced((*client).clone(), &namespace);
                maps.patch(&crab.name_any(), &params, &Patch::Apply(note)).await?;
            }
        }
        Ok(Action::await_change())
    })
    .await
}

#[tokio::test]
async fn controller() {
    let (client, crabs) = crabs("rust-controller").await;
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "rust-controller");
    let running = Controller::new(crabs.clone(), watcher::Config::default())
        .owns(deployments.clone(), watcher::Config::default())
        .run(reconcile, |_, _, _| Action::requeue(Duration::from_millis(100)), Arc::new(client.clone()))
        .for_each(|_| async {});
    let running = tokio::spawn(running);
    let made = crabs.create(&PostParams::default(), &crab("busy", 2)).await.unwrap();
    let grown = |c: Option<&Crab>| c.and_then(|c| c.status.as_ref()).is_some_and(|s| s.replicas == 2);
    timeout(PATIENCE, await_condition(crabs.clone(), "busy", grown)).await.unwrap().unwrap();
    let web = deployments.get("busy").await.unwrap();
    let (uid, of_web) = (made.uid().unwrap(), web.uid().unwrap());
    assert_eq!(web.owner_references()[0].uid, uid);
    crabs.delete("busy", &DeleteParams::default()).await.unwrap();
    let gone = conditions::is_deleted(&uid);
    timeout(PATIENCE, await_condition(crabs, "busy", gone)).await.unwrap().unwrap();
    let gone = conditions::is_deleted(&of_web);
    timeout(PATIENCE, await_condition(deployments, "busy", gone)).await.unwrap().unwrap();
    Api::<ConfigMap>::namespaced(client, "rust-controller").get("busy").await.unwrap();
    running.abort();
}
