import { serveProvider } from "../base";
import { stateProvider } from "../stateResource";
import { randomId, randomInteger, randomPassword, randomString, randomUuid } from "./resources";

/** Stands in for https://github.com/pulumi/pulumi-random, which bridges hashicorp/terraform-provider-random. */
serveProvider(
  stateProvider("random", "4.21.2", {
    "random:index/randomId:RandomId": randomId,
    "random:index/randomInteger:RandomInteger": randomInteger,
    "random:index/randomPassword:RandomPassword": randomPassword,
    "random:index/randomString:RandomString": randomString,
    "random:index/randomUuid:RandomUuid": randomUuid,
  }),
);
