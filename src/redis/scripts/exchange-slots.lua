--[[
exchange-slots: gives slots of limits back, asks for others, and hands what is free to the first in each line.

A ticket asks for one slot of each of its limits, gets all of them at once or none, and stands in line meanwhile: by
priority, then by arrival. It belongs to a worker, and is as good as the lease of that worker. Parts of members are
separated by the character 1.

KEYS[1]   rules      hash: limit -> "<slots> <slots that decay in a second>", as an operator set it
KEYS[2]   tickets    hash: ticket -> msgpack {worker, state, place, note, asks}; state "w" waits, "o" offered, "t" taken
KEYS[3]   order      sorted set by name: limit, priority, number, ticket; who waits
KEYS[4]   held       sorted set by name: limit, ticket; who holds a slot
KEYS[5]   passes     sorted set by name: limit, time, number; slots of a rate that were taken
KEYS[6]   fading     sorted set: member of `passes`, or limit in `meters` -> epoch ms from which on it means nothing
KEYS[7]   meters     hash: limit -> "<level> <epoch ms>" of a rate that decays, "<slots>/<ms>" of one that the code says;
                     "seq" -> the last number given
KEYS[8]   workers    sorted set by name: worker, state, ticket; whose tickets there are
ARGV[1]   worker     who calls
ARGV[2]   channels   prefix of the pub/sub channels "<prefix>slots:<worker>"
ARGV[3]   body       msgpack list {give, take, look, bury}
          give       tickets of the caller that are not needed any more
          take       {ticket, note, priority, {limit, slots (-1 = only an operator's), per in ms (0 = until given back)}...}
          look       limits that may have something free by now
          bury       dead workers: what they took is free; what waits with a note is the caller's from now on

Publishes "granted <ticket>" to workers that waited, and "wait <ms> <limit>" to those whose turn is a matter of time.
Returns {answers, buried}. An answer is {state, limits that nobody has set...}: "granted", also when this worker had
it before; "waiting"; "queued" (waits at another worker); "taken" (another worker has it). `buried` counts tickets; at
most 500 a call.
Cost: O((give + take + granted + buried) * limits of a ticket * log(tickets)).
]]
local rules, tickets, order, held = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local passes, fading, meters, workers = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local worker, channels, body = ARGV[1], ARGV[2], ARGV[3]
local give, take, look, bury = unpack(cmsgpack.unpack(body))
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local buryMax, fadeMax = 500, 200

local asking, settings, work, notices = {}, {}, {}, {}

local function from(prefix)
  return '[' .. prefix .. '\1', '(' .. prefix .. '\2'
end

local function readTicket(ticket)
  local packed = redis.call('HGET', tickets, ticket)
  if not packed then return nil end
  local record = {}
  record.worker, record.state, record.place, record.note, record.asks = unpack(cmsgpack.unpack(packed))
  return record
end

local function writeTicket(ticket, record, owner, state)
  redis.call('ZREM', workers, record.worker .. '\1' .. record.state .. '\1' .. ticket)
  record.worker, record.state = owner, state
  redis.call('ZADD', workers, 0, owner .. '\1' .. state .. '\1' .. ticket)
  local packed = cmsgpack.pack({owner, state, record.place, record.note, record.asks})
  redis.call('HSET', tickets, ticket, packed)
end

-- slots, what decays in a second, per in ms
local function ruleOf(ask)
  local limit = ask[1]
  if settings[limit] == nil then settings[limit] = redis.call('HGET', rules, limit) end
  if not settings[limit] then return ask[2], 0, ask[3] end
  local slots, decay = string.match(settings[limit], '^(%d+) ([%d.]+)$')
  return tonumber(slots), tonumber(decay), 0
end

local function isRate(limit)
  return string.sub(limit, 1, 5) == 'rate:'
end

local function levelOf(limit, decay)
  local level, at = string.match(redis.call('HGET', meters, limit) or '0 0', '^([%d.]+) (%d+)$')
  return level and math.max(0, tonumber(level) - decay * (now - tonumber(at)) / 1000) or 0
end

-- 0 = a slot is free; -1 = when one is given back; else ms until one is free
local function waitOf(ask)
  local limit = ask[1]
  local slots, decay, per = ruleOf(ask)
  if slots < 0 then return 0 end
  if slots == 0 then return -1 end
  local low, high = from(limit)
  if decay > 0 then
    local over = levelOf(limit, decay) + 1 - slots
    return over <= 0.000001 and 0 or math.ceil(over / decay * 1000)
  end
  if per == 0 then return redis.call('ZLEXCOUNT', held, low, high) < slots and 0 or -1 end
  local taken = redis.call('ZLEXCOUNT', passes, low, high)
  if taken < slots then return 0 end
  local oldest = redis.call('ZRANGEBYLEX', passes, low, high, 'LIMIT', taken - slots, 1)[1]
  return math.max(0, tonumber(string.match(oldest, '\1(%d+)\1')) + per - now)
end

local function takeSlot(ask, ticket)
  local limit = ask[1]
  local slots, decay, per = ruleOf(ask)
  if not isRate(limit) then
    redis.call('ZADD', held, 0, limit .. '\1' .. ticket)
  elseif decay > 0 then
    local level = levelOf(limit, decay) + 1
    redis.call('HSET', meters, limit, string.format('%.6f %.0f', level, now))
    redis.call('ZADD', fading, now + math.ceil(level / decay * 1000), limit)
  elseif slots >= 0 then
    local pass = string.format('%s\1%013.0f\1%.0f', limit, now, redis.call('HINCRBY', meters, 'seq', 1))
    redis.call('ZADD', passes, 0, pass)
    redis.call('HSET', meters, limit, string.format('%.0f/%.0f', slots, per))
    redis.call('ZADD', fading, now + per, pass, now + per, limit)
  end
end

local function firstOf(limit)
  local low, high = from(limit)
  local member = redis.call('ZRANGEBYLEX', order, low, high, 'LIMIT', 0, 1)[1]
  if not member then return nil end
  return member, string.match(member, '^[^\1]*\1[^\1]*\1[^\1]*\1(.*)$')
end

local function removeTicket(ticket, record)
  for _, ask in ipairs(record.asks) do
    redis.call('ZREM', held, ask[1] .. '\1' .. ticket)
    redis.call('ZREM', order, ask[1] .. '\1' .. record.place .. '\1' .. ticket)
    work[#work + 1] = ask[1]
  end
  redis.call('ZREM', workers, record.worker .. '\1' .. record.state .. '\1' .. ticket)
  redis.call('HDEL', tickets, ticket)
end

local function tell(owner, text)
  redis.call('PUBLISH', channels .. 'slots:' .. owner, text)
end

-- false = whoever is first in line for this limit has to wait, or nobody is
local function grantFirst(limit)
  local member, ticket = firstOf(limit)
  if not member then return false end
  local record = readTicket(ticket)
  if not record then
    redis.call('ZREM', order, member)
    return true
  end
  local longest = 0
  for _, ask in ipairs(record.asks) do
    local _, first = firstOf(ask[1])
    local wait = first == ticket and waitOf(ask) or -1
    if wait < 0 then return false end
    longest = math.max(longest, wait)
  end
  if longest > 0 then
    notices[limit] = {record.worker, longest}
    return false
  end
  for _, ask in ipairs(record.asks) do
    takeSlot(ask, ticket)
    redis.call('ZREM', order, ask[1] .. '\1' .. record.place .. '\1' .. ticket)
    if ask[1] ~= limit then work[#work + 1] = ask[1] end
  end
  writeTicket(ticket, record, record.worker, 'o')
  if not asking[ticket] then tell(record.worker, 'granted ' .. ticket) end
  return true
end

local function lineUp(request)
  local ticket, note, priority, asks = unpack(request)
  asking[ticket] = true
  if redis.call('HEXISTS', tickets, ticket) == 1 then return end
  local number = redis.call('HINCRBY', meters, 'seq', 1)
  local place = string.format('%07.0f\1%013.0f', priority, number)
  writeTicket(ticket, {worker = worker, state = 'w', place = place, note = note, asks = asks}, worker, 'w')
  for _, ask in ipairs(asks) do
    redis.call('ZADD', order, 0, ask[1] .. '\1' .. place .. '\1' .. ticket)
    work[#work + 1] = ask[1]
  end
end

local function answerOf(ticket)
  local record = readTicket(ticket)
  if record.state == 'w' then return {record.worker == worker and 'waiting' or 'queued'} end
  if record.state == 't' and record.worker ~= worker then return {'taken'} end
  if record.state == 'o' then writeTicket(ticket, record, worker, 't') end
  local answer = {'granted'}
  for _, ask in ipairs(record.asks) do
    if ruleOf(ask) < 0 then answer[#answer + 1] = ask[1] end
  end
  return answer
end

-- What was taken is free; what waits goes on at the caller, if others could start it.
local function buryTicket(member)
  local _, state, ticket = string.match(member, '^([^\1]*)\1(%a)\1(.*)$')
  local record = readTicket(ticket)
  if not record then
    redis.call('ZREM', workers, member)
  elseif state == 't' or record.note == '' then
    removeTicket(ticket, record)
  else
    writeTicket(ticket, record, worker, state)
    tell(worker, 'adopted ' .. ticket)
  end
end

for _, faded in ipairs(redis.call('ZRANGEBYSCORE', fading, '-inf', now, 'LIMIT', 0, fadeMax)) do
  redis.call('ZREM', passes, faded)
  redis.call('HDEL', meters, faded)
  redis.call('ZREM', fading, faded)
end
for _, ticket in ipairs(give) do
  local record = readTicket(ticket)
  if record and record.worker == worker then removeTicket(ticket, record) end
end
local buried = 0
for _, dead in ipairs(bury) do
  local low, high = from(dead)
  for _, member in ipairs(redis.call('ZRANGEBYLEX', workers, low, high, 'LIMIT', 0, buryMax - buried)) do
    buryTicket(member)
    buried = buried + 1
  end
end
for _, request in ipairs(take) do lineUp(request) end
for _, limit in ipairs(look) do work[#work + 1] = limit end
while #work > 0 do
  local limit = table.remove(work)
  while grantFirst(limit) do end
end
for limit, notice in pairs(notices) do tell(notice[1], 'wait ' .. notice[2] .. ' ' .. limit) end
local answers = {}
for _, request in ipairs(take) do answers[#answers + 1] = answerOf(request[1]) end
return {answers, buried}
