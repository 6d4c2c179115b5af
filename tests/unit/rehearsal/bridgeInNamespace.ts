import { command, ip } from "../../../rehearsal/traffic/inside/command";
import { Networks } from "../../../rehearsal/traffic/inside/networks";

/** In a namespace of its own: prints a bridge's hardware address while a link with a lower one comes and goes. */
async function main(): Promise<void> {
  const networks = new Networks();
  await networks.add({ cluster: "us-east1", podCidr: "10.17.0.0/16" });
  const { bridge } = networks.of("us-east1");
  const print = async () => {
    const [link] = JSON.parse(await command("ip", ["-json", "link", "show", bridge])) as {
      address: string;
    }[];
    console.log(link?.address);
  };
  await print();
  await ip(
    "link add pod0 address 00:00:00:00:00:01 type veth peer name eth0",
    `link set pod0 master ${bridge} up`,
  );
  await print();
  await ip("link delete pod0");
  await print();
}

void main();
