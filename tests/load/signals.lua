-- What wrk asks: one of `batch`, `create`, `get`, `list`, named by the environment variable ASK.
-- Signals of `channel` have the numbers from FIRST on; each thread takes every THREADS-th of them. `get` asks for the
-- ids in the file IDS.

local ask = os.getenv("ASK")
local channel = os.getenv("CHANNEL") or "loadchannel"
local ids = {}
local symbols = { "BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "AVAX", "LINK", "DOT", "NEAR" }
local made = 0

function setup(thread)
    thread:set("id", made)
    made = made + 1
    thread:set("threads", tonumber(os.getenv("THREADS") or "2"))
end

function init(args)
    number = id + tonumber(os.getenv("FIRST") or "1")
    if ask == "get" then
        for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end
    end
    math.randomseed(id + 1)
end

local function signal()
    local n = number
    number = number + threads
    local coin = symbols[n % 10 + 1]
    return string.format(
        '{"symbol":"%s/USDT","signal_type":"long","entry":{"kind":"zone","low":%d,"high":%d},"targets":[%d,%d,%d],' ..
        '"stop_loss":%d,"leverage":{"min":5,"max":10},"confidence":0.93,' ..
        '"original_text":"%s/USDT LONG\\nEntry: %d - %d\\nTargets: %d - %d - %d\\nStop loss: %d\\nLeverage 5-10x",' ..
        '"origin":{"channel":"%s","message_id":%d,"posted_at":"2026-%02d-%02dT%02d:%02d:%02dZ"}}',
        coin, 1000 + n % 50, 1060 + n % 50, 1120, 1200, 1300, 900,
        coin, 1000 + n % 50, 1060 + n % 50, 1120, 1200, 1300, 900,
        channel, n, 1 + math.floor(n / 86400 / 28) % 12, 1 + math.floor(n / 86400) % 28,
        math.floor(n / 3600) % 24, math.floor(n / 60) % 60, n % 60)
end

local json = { ["content-type"] = "application/json" }

function request()
    if ask == "batch" then
        local parts = {}
        for i = 1, 100 do parts[i] = signal() end
        return wrk.format("POST", "/api/v1/signals/batch", json, "[" .. table.concat(parts, ",") .. "]")
    elseif ask == "create" then
        return wrk.format("POST", "/api/v1/signals", json, signal())
    elseif ask == "get" then
        return wrk.format("GET", "/api/v1/signals/" .. ids[math.random(#ids)])
    else
        return wrk.format("GET", "/api/v1/signals?limit=20&symbol=" .. symbols[math.random(10)] .. "USDT")
    end
end

-- 201 and 200 alone are good; wrk itself counts others as errors from 400 on.
