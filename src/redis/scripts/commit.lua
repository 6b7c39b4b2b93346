--[[
commit: the only way to write to runs. Carries items (group commit), each for one run, each answered by itself.

KEYS[1]   open       hash: run -> "<epoch>:<batch>:<position>:<owner>"; owner "" = parked, "!" = blocked
KEYS[2]   feed       stream: every commit of the shard, in commit order
KEYS[3]   due        sorted set: run -> epoch ms at which somebody should look after it
KEYS[4]   attempts   hash: "<run> <attempt> <task key>" -> JSON of its holder, for started attempts of queued tasks
KEYS[5]   runs       sorted set: run -> epoch ms of its creation; every run there is
KEYS[6+]  stream, facts   two keys an item: the run's stream, and the hash of its dedupe keys (fact -> position)
ARGV[1]   channels   prefix of the pub/sub channels "<prefix>wake:<worker>" and "<prefix>ended"
ARGV[2]   feedMax    entries that the feed keeps at least
ARGV[3]   items      a msgpack list of items, each a list: {run, kind, owner, epoch, batch, seen, after, dueIn, dedupe,
                     attempt, holder, tasks}, then the bodies of its events without their time
          kind       "create" (owner "" = somebody will claim it), "own" (fenced by owner and epoch), "fact",
                     "lost" (the owner died: takes the run from this owner and epoch)
          batch      own: 1, 2, 3, ... within the epoch, kept over retries of the same call
          seen       position up to which the caller knows the run; -1 = it does not care
          upTo       fact, in place of batch: no event after this position is answered; 0 = all are
          after      "keep" | "park" | "block" | "unblock" | "end": what becomes of the run
          dueIn      ms from now at which somebody should look after the run; -1 = none. A fact with 0 wakes the owner:
                     "<run>", or where little has happened since its commit "<run> <position> <sizes>\n<bodies>"
          dedupe     fact: its key; "" = none
          attempt, holder   field of `attempts` to set; holder "" = to delete; attempt "" = neither
          tasks      own: keys of calls that are over with this commit, so that nobody records their end later;
                     fact: keys that must not be over, else nothing is written and the answer is "again";
                     create: dedupe keys that it knows from its beginning
          dueIn at an end: the run stays due although it has ended, until somebody has told others of its end

Returns {now, answer...}; an answer is {status, position of the last event, owner, bodies after `seen`}:
"ok"; "again" (this batch or fact was recorded before); "fenced" (another owner); "closed" (the run has ended);
"exists" (create: another run has this id); "busy" (park: facts arrived, nothing was written, look at them first);
"error" (Redis refused; its text stands in place of the owner; other items are not touched).
Cost: O(events in the batch + events after `seen`).
]]
local open, feed, due, attempts, runs = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local channels, feedMax, items = ARGV[1], ARGV[2], cmsgpack.unpack(ARGV[3])
local sealMax = 1000 -- events; copying a longer stream would block Redis for too long
local feedCopyMax = 2048 -- bytes; a larger commit stands in the feed as a pointer: first position and count
local wakeMax, wakeBytes = 8, 4096 -- what a wake-up brings along at most; an owner that has missed more reads it
local woken, clock = {}, redis.call('TIME') -- woken: runs whose owner is to be told, when all of this call is written
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local stamp = struct.pack('>I2I4', math.floor(now / 4294967296), now % 4294967296)

local function bodiesAfter(stream, seen, length)
  local bodies = {}
  if seen >= 0 and length > seen then
    for _, entry in ipairs(redis.call('XRANGE', stream, seen + 1, length)) do
      bodies[#bodies + 1] = entry[2][2]
    end
  end
  return bodies
end

local function fitsFeed(item)
  local bytes = item.count > 64 and feedCopyMax + 1 or 0
  for index = 1, math.min(item.count, 64) do
    bytes = bytes + #item.bodies[index + 1]
  end
  return bytes <= feedCopyMax
end

local function append(item, stream, length)
  local line = {'XADD', feed, 'MAXLEN', '~', feedMax, '*', 'r', item.run, 'p', length + 1}
  local copies = fitsFeed(item)
  if not copies then line[11], line[12] = 'n', item.count end
  for index = 1, item.count do
    local body = stamp .. item.bodies[index + 1]
    local position = length + index
    if item.after == 'end' and index == item.count then
      redis.call('XADD', stream, position .. '-0', 'e', body, 'b', item.owner .. ':' .. item.epoch .. ':' .. item.batch)
    else
      redis.call('XADD', stream, position .. '-0', 'e', body)
    end
    if copies then line[#line + 1], line[#line + 2] = 'e', body end
  end
  if item.count > 0 then redis.call(unpack(line)) end
  return length + item.count
end

local function armDue(item)
  if item.dueIn >= 0 then redis.call('ZADD', due, now + item.dueIn, item.run) end
end

-- A stream keeps room for more in every node; a copy has the exact size. The dedupe keys go at the same time.
local function seal(stream, facts, length)
  if length > sealMax then return redis.call('UNLINK', facts) end
  redis.call('COPY', stream, facts, 'REPLACE')
  redis.call('RENAME', facts, stream)
end

local function createdBefore(item, stream, length)
  local written = redis.call('XRANGE', stream, 1, 1)[1][2][2]
  if string.sub(written, 7) ~= item.bodies[2] then return {'exists', length, item.owner, {}} end
  local record = redis.call('HGET', open, item.run)
  local epoch, _, _, owner = string.match(record or '', '^(%d+):(%d+):(%d+):(.*)$')
  if record and item.owner ~= '' and (tonumber(epoch) ~= item.epoch or owner ~= item.owner) then
    return {'fenced', length, owner, {}} -- taken from its creator in the meantime
  end
  return {'again', item.count, item.owner, {}}
end

local function create(item, stream, facts)
  local length = redis.call('XLEN', stream)
  if length > 0 then return createdBefore(item, stream, length) end
  local last = append(item, stream, 0)
  redis.call('ZADD', runs, now, item.run)
  if item.after == 'end' then
    seal(stream, facts, last)
    redis.call('PUBLISH', channels .. 'ended', item.run)
  else
    redis.call('HSET', open, item.run, item.epoch .. ':' .. item.batch .. ':' .. last .. ':' .. item.owner)
    for _, key in ipairs(item.tasks) do redis.call('HSET', facts, key, last) end
  end
  armDue(item)
  return {'ok', last, item.owner, {}}
end

local function isEndedBy(item, stream)
  local tail = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  return tail and tail[2][3] == 'b' and tail[2][4] == item.owner .. ':' .. item.epoch .. ':' .. item.batch
end

-- A stream that lacks an entry in the middle is damaged, not short: the append is refused, and says so.
local function isWhole(stream, length)
  local tail = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  return not tail or tail[1] == length .. '-0'
end

local function own(item, stream, facts)
  local record = redis.call('HGET', open, item.run)
  local length = redis.call('XLEN', stream)
  if not record then
    return {isEndedBy(item, stream) and 'again' or 'closed', length, '', {}}
  end
  local epoch, batch, position, owner = string.match(record, '^(%d+):(%d+):(%d+):(.*)$')
  local parkedByThis = (item.after == 'park' or item.after == 'block') and (owner == '' or owner == '!')
  if tonumber(epoch) ~= item.epoch or (owner ~= item.owner and not parkedByThis) then
    return {'fenced', length, owner, {}}
  end
  if tonumber(batch) == item.batch then
    return {'again', tonumber(position), owner, bodiesAfter(stream, item.seen, tonumber(position) - item.count)}
  end
  if owner ~= item.owner then return {'fenced', length, owner, {}} end
  if item.after == 'park' and length > item.seen then
    return {'busy', length, owner, bodiesAfter(stream, item.seen, length)}
  end
  if item.seen > length and item.seen < 9007199254740991 and isWhole(stream, length) then
    return {'fenced', length, owner, {}} -- a failover has lost what this owner knows of
  end
  local missed = bodiesAfter(stream, item.seen, length)
  local last = append(item, stream, length)
  if item.after == 'end' then
    redis.call('HDEL', open, item.run)
    redis.call('ZREM', due, item.run)
    armDue(item)
    seal(stream, facts, last)
    redis.call('PUBLISH', channels .. 'ended', item.run)
    return {'ok', last, owner, missed}
  end
  for _, key in ipairs(item.tasks) do redis.call('HSET', facts, 'end ' .. key, last) end
  local keeper = item.after == 'park' and '' or item.after == 'block' and '!' or owner
  redis.call('HSET', open, item.run, item.epoch .. ':' .. item.batch .. ':' .. last .. ':' .. keeper)
  armDue(item)
  if keeper ~= owner then
    if item.dueIn < 0 or keeper == '!' then redis.call('ZREM', due, item.run) end
    if keeper == '!' then redis.call('PUBLISH', channels .. 'ended', item.run) end
  end
  return {'ok', last, owner, missed}
end

local function markAttempt(item)
  if item.attempt == '' then return end
  local command = item.holder == '' and {'HDEL', attempts, item.attempt} or {'HSET', attempts, item.attempt, item.holder}
  redis.call(unpack(command))
end

local function wake(run, owner, stream, known, last)
  local message = run
  if last - known <= wakeMax then
    local bodies, sizes = bodiesAfter(stream, known, last), {}
    for index, body in ipairs(bodies) do sizes[index] = #body end
    message = run .. ' ' .. known + 1 .. ' ' .. table.concat(sizes, ' ') .. '\n' .. table.concat(bodies)
  end
  redis.call('PUBLISH', channels .. 'wake:' .. owner, #message > wakeBytes and run or message)
end

local function fact(item, stream, facts)
  local record = redis.call('HGET', open, item.run)
  if not record then
    if item.attempt ~= '' then redis.call('HDEL', attempts, item.attempt) end -- over, whatever the fact says of it
    return {'closed', redis.call('XLEN', stream), '', {}}
  end
  local length = redis.call('XLEN', stream)
  local upTo = item.batch > 0 and math.min(item.batch, length) or length
  local epoch, batch, position, owner = string.match(record, '^(%d+):(%d+):(%d+):(.*)$')
  if item.dedupe ~= '' then
    local recorded = redis.call('HGET', facts, item.dedupe)
    if recorded then
      if item.holder == '' then markAttempt(item) end
      return {'again', tonumber(recorded), owner, bodiesAfter(stream, item.seen, upTo)}
    end
  end
  for _, key in ipairs(item.tasks) do
    local ended = redis.call('HGET', facts, 'end ' .. key)
    if ended then return {'again', tonumber(ended), owner, bodiesAfter(stream, item.seen, upTo)} end
  end
  local last = append(item, stream, length) -- first of all, as it may be refused
  if item.dedupe ~= '' then redis.call('HSET', facts, item.dedupe, last) end
  markAttempt(item)
  if item.after == 'unblock' and owner == '!' then
    owner = ''
    redis.call('HSET', open, item.run, epoch .. ':' .. batch .. ':' .. position .. ':')
  end
  if owner == '' and item.dueIn >= 0 then
    redis.call('ZADD', due, 'LT', now + item.dueIn, item.run)
  elseif owner ~= '' and owner ~= '!' and item.dueIn == 0 then
    woken[item.run] = {owner, stream, batch == '0' and last - wakeMax - 1 or tonumber(position), last} -- 0: no commit yet
  end
  return {'ok', last, owner, bodiesAfter(stream, item.seen, upTo)}
end

local function lost(item, stream)
  local record = redis.call('HGET', open, item.run)
  local length = redis.call('XLEN', stream)
  if not record then return {'closed', length, '', {}} end
  local epoch, batch, _, owner = string.match(record, '^(%d+):(%d+):(%d+):(.*)$')
  if tonumber(epoch) ~= item.epoch or owner ~= item.owner then return {'fenced', length, owner, {}} end
  local last = append(item, stream, length)
  redis.call('HSET', open, item.run, epoch .. ':' .. batch .. ':' .. last .. ':')
  redis.call('ZADD', due, now, item.run)
  return {'ok', last, '', {}}
end

local kinds = {create = create, own = own, fact = fact, lost = lost}
local answers = {now}
local pair = 6
for _, bodies in ipairs(items) do
  local h = bodies[1] -- the bodies begin behind it
  local item = {
    run = h[1], kind = h[2], owner = h[3], epoch = h[4], batch = h[5], seen = h[6], after = h[7],
    dueIn = h[8], dedupe = h[9], attempt = h[10], holder = h[11], tasks = h[12], bodies = bodies, count = #bodies - 1,
  }
  local done, answer = pcall(kinds[item.kind], item, KEYS[pair], KEYS[pair + 1])
  answers[#answers + 1] = done and answer or {'error', 0, type(answer) == 'table' and answer.err or tostring(answer), {}}
  pair = pair + 2
end
for run, owned in pairs(woken) do wake(run, unpack(owned)) end
return answers
