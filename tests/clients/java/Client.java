// Client.java - fabric8's client: a kind of its own made, patched, applied, scaled, watched, listed, waited for; built-in kinds likewise.
// Reads: KUBECONFIG. Each check that fails ends it with a stack trace.

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

public class Client {
    static final String NAMESPACE = "from-java";
    static final String DEFINITION = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: kites.java.example.com}
        spec:
          group: java.example.com
          scope: Namespaced
          names: {plural: kites, singular: kite, kind: Kite}
          versions:
            - name: v1
              served: true
              storage: true
              subresources:
                status: {}
                scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
              schema:
                openAPIV3Schema:
                  type: object
                  properties:
                    spec:
                      type: object
                      properties:
                        replicas: {type: integer, minimum: 0}
                        colour: {type: string, default: red}
                        tails: {type: array, x-kubernetes-list-type: set, items: {type: string}}
                    status:
                      type: object
                      properties:
                        replicas: {type: integer}
                        phase: {type: string}
        """;

    public static class KiteSpec {
        public Integer replicas;
        public String colour;
        public List<String> tails;
    }

    public static class KiteStatus {
        public Integer replicas;
        public String phase;
    }

    @Group("java.example.com")
    @Version("v1")
    public static class Kite extends CustomResource<KiteSpec, KiteStatus> implements Namespaced {}

    static void same(Object got, Object want) {
        if (!Objects.equals(got, want)) throw new AssertionError(got + " is not " + want);
    }

    static void refused(int code, Runnable call) {
        try {
            call.run();
        } catch (KubernetesClientException e) {
            same(e.getCode(), code);
            return;
        }
        throw new AssertionError("not refused with " + code);
    }

    static Kite kite(String name, Integer replicas, String... tails) {
        Kite k = new Kite();
        k.getMetadata().setName(name);
        k.getMetadata().setNamespace(NAMESPACE);
        k.setSpec(new KiteSpec());
        k.getSpec().replicas = replicas;
        k.getSpec().tails = tails.length == 0 ? null : List.of(tails);
        return k;
    }

    static void life(KubernetesClient client, MixedOperation<Kite, KubernetesResourceList<Kite>, Resource<Kite>> kites) throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        Watcher<Kite> watcher = new Watcher<>() {
            public void eventReceived(Action action, Kite kite) { seen.add(action + " " + kite.getSpec().colour); }
            public void onClose(WatcherException cause) { seen.add("closed: " + cause); }
        };
        try (var watch = kites.inNamespace(NAMESPACE).withName("big").watch(watcher)) {
            Kite made = client.resource(kite("big", 1, "a")).create();
            same(made.getSpec().colour, "red");
            Kite edited = client.resource(made).edit(k -> { k.getSpec().colour = "blue"; return k; }); // a JSON patch
            same(edited.getMetadata().getGeneration(), 2L);
            refused(409, () -> client.resource(made).update());
            client.resource(edited).delete();
            for (String want : List.of("ADDED red", "MODIFIED blue", "DELETED blue")) same(seen.poll(30, TimeUnit.SECONDS), want);
        }
    }

    static void patches(KubernetesClient client) {
        Resource<Kite> kite = client.resource(kite("long", 1, "a"));
        kite.create();
        Kite merged = kite.patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"tails\":[\"b\"],\"unknown\":1}}");
        same(merged.getSpec().tails, List.of("b"));
        Kite jumped = kite.patch(PatchContext.of(PatchType.JSON), "[{\"op\":\"add\",\"path\":\"/spec/tails/0\",\"value\":\"z\"}]");
        same(jumped.getSpec().tails, List.of("z", "b"));
        refused(415, () -> kite.patch(PatchContext.of(PatchType.STRATEGIC_MERGE), "{\"spec\":{}}"));
        refused(422, () -> kite.patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"replicas\":-1}}"));
        Kite told = kite.get();
        told.setStatus(new KiteStatus());
        told.getStatus().phase = "flies";
        told.getSpec().replicas = 9;
        told = client.resource(told).updateStatus();
        same(told.getSpec().replicas, 1);
        told.getStatus().phase = "fell";
        same(client.resource(told).patchStatus().getStatus().phase, "fell");
        kite.scale(3);
        same(kite.get().getSpec().replicas, 3);
    }

    static void apply(KubernetesClient client) {
        client.resource(kite("flat", 2, "a")).fieldManager("one").serverSideApply();
        Kite both = client.resource(kite("flat", null, "b")).fieldManager("two").serverSideApply();
        same(both.getSpec().tails, List.of("a", "b"));
        Kite again = client.resource(kite("flat", null, "b")).fieldManager("two").serverSideApply();
        same(again.getMetadata().getResourceVersion(), both.getMetadata().getResourceVersion());
        refused(409, () -> client.resource(kite("flat", 5)).fieldManager("two").serverSideApply());
        Kite forced = client.resource(kite("flat", 5)).fieldManager("two").forceConflicts().serverSideApply();
        same(forced.getSpec().replicas, 5);
        same(forced.getSpec().tails, List.of("a"));
    }

    static void informed(KubernetesClient client, MixedOperation<Kite, KubernetesResourceList<Kite>, Resource<Kite>> kites) throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        ResourceEventHandler<Kite> handler = new ResourceEventHandler<>() {
            public void onAdd(Kite kite) { seen.add(kite.getMetadata().getName()); }
            public void onUpdate(Kite before, Kite after) {}
            public void onDelete(Kite kite, boolean unknown) { seen.add("-" + kite.getMetadata().getName()); }
        };
        try (SharedIndexInformer<Kite> informer = kites.inNamespace(NAMESPACE).withLabel("informed").inform(handler)) {
            Kite kite = kite("seen", 1);
            kite.getMetadata().setLabels(Map.of("informed", "yes"));
            client.resource(kite).create();
            same(seen.poll(30, TimeUnit.SECONDS), "seen");
            same(kites.inNamespace(NAMESPACE).withLabel("informed", "yes").list().getItems().size(), 1);
            client.resource(kite).delete();
            same(seen.poll(30, TimeUnit.SECONDS), "-seen");
        }
    }

    static void builtIn(KubernetesClient client) {
        Map<String, String> labels = Map.of("app", "web");
        Deployment web = new DeploymentBuilder().withNewMetadata().withName("web").withNamespace(NAMESPACE).endMetadata()
            .withNewSpec().withReplicas(1).withNewSelector().withMatchLabels(labels).endSelector()
            .withNewTemplate().withNewMetadata().withLabels(labels).endMetadata()
            .withNewSpec().addNewContainer().withName("c").withImage("nginx").endContainer().endSpec().endTemplate().endSpec().build();
        client.resource(web).serverSideApply();
        client.resource(web).waitUntilReady(30, TimeUnit.SECONDS);
        String side = "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"side\",\"image\":\"s\"}]}}}}";
        Deployment patched = client.resource(web).patch(PatchContext.of(PatchType.STRATEGIC_MERGE), side);
        same(patched.getSpec().getTemplate().getSpec().getContainers().size(), 2);
        client.resource(web).scale(2);
        client.resource(web).waitUntilCondition(d -> Objects.equals(d.getStatus().getAvailableReplicas(), 2), 30, TimeUnit.SECONDS);
        client.apps().deployments().inNamespace(NAMESPACE).withName("web").rolling().restart();
        var map = new ConfigMapBuilder().withNewMetadata().withName("m").withNamespace(NAMESPACE).endMetadata().addToData("a", "b").build();
        same(client.resource(map).createOr(m -> m.update()).getData(), Map.of("a", "b"));
        same(client.configMaps().inNamespace(NAMESPACE).withName("m").edit(m -> new ConfigMapBuilder(m).addToData("c", "d").build())
            .getData(), Map.of("a", "b", "c", "d"));
    }

    public static void main(String[] args) throws Exception {
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            client.resource(new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build()).create();
            Resource<CustomResourceDefinition> definition =
                client.apiextensions().v1().customResourceDefinitions().load(new java.io.ByteArrayInputStream(DEFINITION.getBytes()));
            definition.create();
            definition.waitUntilCondition(d -> d != null && d.getStatus() != null && d.getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True")), 30, TimeUnit.SECONDS);
            var kites = client.resources(Kite.class);
            life(client, kites);
            patches(client);
            apply(client);
            informed(client, kites);
            builtIn(client);
        }
        System.out.println("ok");
    }
}
