//! The task that follows channels as they happen: one at a time, shut to everybody, cheap, and ended in order.

use serde_json::{Value, json};

use super::Property;
use crate::translated::{Template, refers};

/// What is there for the task alone.
const OF_THE_TASK: [&str; 15] = [
    "CountRealtimeEnds",
    "RealtimeCluster",
    "RealtimeEnded",
    "RealtimeImages",
    "RealtimeLoginOver",
    "RealtimeNetwork",
    "RealtimeNotRunning",
    "RealtimeSilent",
    "RealtimeStartRole",
    "ScraperRealtime",
    "ScraperRealtimeLog",
    "ScraperRealtimeLogin",
    "ScraperRealtimeRole",
    "ScraperRealtimeTask",
    "TelegramRealtimeLogin",
];

fn none_is_of(t: &Template, family: &str) -> bool {
    !t.resources().values().any(|it| it["Type"].as_str().is_some_and(|it| it.starts_with(family)))
}

fn container<'a>(t: &'a Template, property: &str) -> &'a Value {
    t.get(&format!("ScraperRealtimeTask/ContainerDefinitions/0/{property}"))
}

fn network<'a>(t: &'a Template, property: &str) -> &'a Value {
    t.get(&format!("ScraperRealtime/NetworkConfiguration/AwsvpcConfiguration/{property}"))
}

pub(super) const PROPERTIES: &[Property] = &[
    Property {
        says: "there is one task, and none while nothing is to be collected",
        because: "a login is used in one place, and before anybody has logged in the task would end again and again",
        holds: |t| t.is("ScraperRealtime/DesiredCount", json!({"Fn::If": ["Collects", 1, 0]})),
    },
    Property {
        says: "the old task ends before the new one begins",
        because: "with the usual minimum of 100 % both would use the login, and Telegram ends a login that two use",
        holds: |t| {
            t.is("ScraperRealtime/DeploymentConfiguration/MinimumHealthyPercent", 0)
                && t.is("ScraperRealtime/DeploymentConfiguration/MaximumPercent", 100)
        },
    },
    Property {
        says: "no zone is rebalanced",
        because: "that begins a second task before it ends the first, and is on unless it is said to be off",
        holds: |t| t.is("ScraperRealtime/AvailabilityZoneRebalancing", "DISABLED"),
    },
    Property {
        says: "nothing scales the task",
        because: "two tasks of one login are its end, and one follows hundreds of channels",
        holds: |t| {
            none_is_of(t, "AWS::ApplicationAutoScaling::") && t.is("ScraperRealtime/SchedulingStrategy", "REPLICA")
        },
    },
    Property {
        says: "a version that does not start is rolled back",
        because: "nothing is followed until it is, and ECS would start it again and again",
        holds: |t| {
            let breaker = t.get("ScraperRealtime/DeploymentConfiguration/DeploymentCircuitBreaker");
            *breaker == json!({"Enable": true, "Rollback": true})
        },
    },
    Property {
        says: "it has time to end in order",
        because: "5 s for what it was told and 10 s to hang up and give the lease back; Fargate takes no more than 120 s",
        holds: |t| container(t, "StopTimeout").as_u64().is_some_and(|it| (30..=120).contains(&it)),
    },
    Property {
        says: "it can write no file",
        because: "whoever got in through what is read could leave nothing behind",
        holds: |t| *container(t, "ReadonlyRootFilesystem") == true,
    },
    Property {
        says: "it runs as nobody in particular",
        because: "root in a container is nearer to root of its host than anybody else",
        holds: |t| {
            let user = container(t, "User").as_str().and_then(|it| it.split_once(':'));
            let is_number = |it: &str| it.parse().is_ok_and(|id: u32| id > 0);
            user.is_some_and(|(user, group)| is_number(user) && is_number(group))
        },
    },
    Property {
        says: "it has none of the rights that containers have by themselves",
        because: "it opens connections and needs none of them",
        holds: |t| {
            *container(t, "LinuxParameters") == json!({"Capabilities": {"Drop": ["ALL"]}})
                && container(t, "Privileged").is_null()
        },
    },
    Property {
        says: "nobody gets a shell in it",
        because: "its memory holds the login, and its image has no shell",
        holds: |t| t.is("ScraperRealtime/EnableExecuteCommand", false),
    },
    Property {
        says: "nobody reaches it from outside",
        because: "it asks, and is asked nothing",
        holds: |t| {
            t.get("RealtimeNetwork/SecurityGroupIngress").is_null()
                && none_is_of(t, "AWS::EC2::SecurityGroupIngress")
                && none_is_of(t, "AWS::ElasticLoadBalancing")
                && t.get("ScraperRealtime/LoadBalancers").is_null()
                && container(t, "PortMappings").is_null()
        },
    },
    Property {
        says: "it reaches others on port 443 alone",
        because: "Telegram and AWS both answer there, and whoever got in would like other ports",
        holds: |t| {
            let egress = t.get("RealtimeNetwork/SecurityGroupEgress").as_array();
            egress.is_some_and(|it| {
                it.len() == 1 && it[0]["FromPort"] == 443 && it[0]["ToPort"] == 443 && it[0]["IpProtocol"] == "tcp"
            })
        },
    },
    Property {
        says: "its network is shut by that group alone",
        because: "groups add up, and the one that a network has by itself lets all in that have it",
        holds: |t| {
            *network(t, "SecurityGroups") == json!([{"Ref": "RealtimeNetwork"}])
                && refers(t.get("RealtimeNetwork/VpcId"), "RealtimeVpc", None)
                && *network(t, "Subnets") == json!({"Fn::Split": [",", {"Ref": "RealtimeSubnets"}]})
        },
    },
    Property {
        says: "it reaches the internet without a gateway",
        because: "a gateway for addresses costs more than three times as much by the hour as the task",
        holds: |t| *network(t, "AssignPublicIp") == "ENABLED" && none_is_of(t, "AWS::EC2::NatGateway"),
    },
    Property {
        says: "it is a quarter of a processor and half a gigabyte, on Fargate",
        because: "it is the smallest that there is, it is enough, and every step up doubles its price",
        holds: |t| {
            t.is("ScraperRealtimeTask/Cpu", "256")
                && t.is("ScraperRealtimeTask/Memory", "512")
                && t.is("ScraperRealtimeTask/RequiresCompatibilities", json!(["FARGATE"]))
                && t.is("ScraperRealtimeTask/NetworkMode", "awsvpc")
                && t.is("ScraperRealtime/LaunchType", "FARGATE")
        },
    },
    Property {
        says: "it has the processor for which its image is built",
        because: "a program for another one does not start",
        holds: |t| {
            let platform = t.get("ScraperRealtimeTask/RuntimePlatform");
            *platform == json!({"CpuArchitecture": "X86_64", "OperatingSystemFamily": "LINUX"})
        },
    },
    Property {
        says: "its image is of the stack's own repository, and of the tag of the parameter",
        because: "whoever may write to another repository would have the login",
        holds: |t| *container(t, "Image") == json!({"Fn::Sub": "${RealtimeImages.RepositoryUri}:${RealtimeTag}"}),
    },
    Property {
        says: "a tag stays the image that it is",
        because: "a task that is started anew would run another program than the one that was deployed",
        holds: |t| t.is("RealtimeImages/ImageTagMutability", "IMMUTABLE"),
    },
    Property {
        says: "images are looked through and do not pile up",
        because: "each is paid for as long as it is kept, and a library in it may turn out to be broken",
        holds: |t| {
            let policy = t.get("RealtimeImages/LifecyclePolicy/LifecyclePolicyText").as_str();
            let policy: Option<Value> = policy.and_then(|it| serde_json::from_str(it).ok());
            t.is("RealtimeImages/ImageScanningConfiguration/ScanOnPush", true)
                && policy.is_some_and(|it| {
                    it["rules"][0]["selection"]["countNumber"].as_u64().is_some_and(|it| (2..=20).contains(&it))
                })
        },
    },
    Property {
        says: "the repository of images goes with the stack",
        because: "one with images in it would stop the stack from going, and images are built anew",
        holds: |t| t.is("RealtimeImages/EmptyOnDelete", true),
    },
    Property {
        says: "the end of the program is the end of the task",
        because: "a task that is not its program is never started anew",
        holds: |t| {
            *container(t, "Essential") == true
                && t.get("ScraperRealtimeTask/ContainerDefinitions").as_array().is_some_and(|it| it.len() == 1)
        },
    },
    Property {
        says: "the service runs this task in its cluster",
        because: "any other task would follow nothing, and nobody would see",
        holds: |t| {
            refers(t.get("ScraperRealtime/TaskDefinition"), "ScraperRealtimeTask", None)
                && refers(t.get("ScraperRealtime/Cluster"), "RealtimeCluster", None)
        },
    },
    Property {
        says: "it does not begin before it may read its login",
        because: "it would end at once, and the first deployment with it",
        holds: |t| *t.attribute("ScraperRealtime", "DependsOn") == json!(["ScraperRealtimeLogin"]),
    },
    Property {
        says: "it has its own login, which it may read",
        because: "one that it shares with the schedule would end when both use it",
        holds: |t| {
            let statement =
                |n, property: &str| t.get(&format!("ScraperRealtimeLogin/PolicyDocument/Statement/{n}/{property}"));
            let variables = container(t, "Environment").as_array();
            let place = variables.and_then(|it| it.iter().find(|it| it["Name"] == "TELEGRAM_SESSION_SECRET"));
            place.is_some_and(|it| refers(&it["Value"], "TelegramRealtimeLogin", None))
                && refers(t.get("ScraperRealtimeLogin/Roles/0"), "ScraperRealtimeRole", None)
                && *statement(0, "Action/0") == "secretsmanager:GetSecretValue"
                && refers(statement(0, "Resource"), "TelegramRealtimeLogin", None)
                && *statement(1, "Action/0") == "kms:Decrypt"
                && refers(statement(1, "Resource"), "TelegramLoginKey", Some("Arn"))
        },
    },
    Property {
        says: "the program has its own role, and another one starts it",
        because: "what pulls images and opens logs is nothing that the program needs",
        holds: |t| {
            refers(t.get("ScraperRealtimeTask/TaskRoleArn"), "ScraperRealtimeRole", Some("Arn"))
                && refers(t.get("ScraperRealtimeTask/ExecutionRoleArn"), "RealtimeStartRole", Some("Arn"))
        },
    },
    Property {
        says: "no variable of it is a secret, and ECS hands it none",
        because: "variables are shown in the console to whoever may look at tasks",
        holds: |t| {
            let names = ["TOKEN", "PASSWORD", "HASH", "API_KEY"];
            container(t, "Secrets").is_null()
                && container(t, "Environment").as_array().is_some_and(|variables| {
                    variables.len() > 8
                        && variables.iter().all(|it| {
                            let name = it["Name"].as_str().unwrap_or("TOKEN");
                            let is_place = refers(&it["Value"], "TelegramRealtimeLogin", None);
                            !names.iter().any(|word| name.contains(word)) && (!name.contains("SECRET") || is_place)
                        })
                })
        },
    },
    Property {
        says: "a log that cannot be written does not hold it up",
        because: "while CloudWatch does not answer, what is told must be stored all the same",
        holds: |t| {
            let log = container(t, "LogConfiguration");
            log["LogDriver"] == "awslogs"
                && log["Options"]["mode"] == "non-blocking"
                && refers(&log["Options"]["awslogs-group"], "ScraperRealtimeLog", None)
        },
    },
    Property {
        says: "the schedule stands still while the task follows",
        because: "two that read one channel take it from one another at each of its posts",
        holds: |t| {
            let conditions = &t.0["Conditions"]["ReadsBySchedule"]["Fn::And"];
            let expected = json!([{"Condition": "Collects"}, {"Fn::Not": [{"Condition": "FollowsTelegram"}]}]);
            *conditions == expected
                && t.is("Schedule/State", json!({"Fn::If": ["ReadsBySchedule", "ENABLED", "DISABLED"]}))
        },
    },
    Property {
        says: "all of it is there only where it is asked for",
        because: "it costs by the hour, and a deployment that reads by schedule is whole without it",
        holds: |t| OF_THE_TASK.iter().all(|it| *t.attribute(it, "Condition") == "FollowsTelegram"),
    },
    Property {
        says: "nothing else of ECS costs anything",
        because: "insights of containers are a dozen metrics that are paid for by the month",
        holds: |t| t.is("RealtimeCluster/ClusterSettings", json!([{"Name": "containerInsights", "Value": "disabled"}])),
    },
    Property {
        says: "the task is tagged",
        because: "its costs are found by the tag, and ECS hands it on only if it is told to",
        holds: |t| {
            t.is("ScraperRealtime/PropagateTags", "SERVICE")
                && t.is("ScraperRealtime/Tags/0", json!({"Key": "Project", "Value": "sigtower"}))
        },
    },
];
