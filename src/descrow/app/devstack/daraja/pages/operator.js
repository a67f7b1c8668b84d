'use strict'

const REFRESH_MS = 1500
const SHARES = ['pay', 'cancel', 'wrong_pin', 'ignore', 'insufficient', 'delay_s']

const at = id => document.getElementById(id)
const money = cents => (cents / 100).toLocaleString('en-KE', { minimumFractionDigits: 2 })
const cents = id => Math.round(Number(at(id).value) * 100)
const make = (tag, text = '', kind = '') => {
  const node = document.createElement(tag)
  node.textContent = text
  node.className = kind
  return node
}
const row = (...cells) => {
  const line = make('tr')
  line.append(...cells)
  return line
}
const amountField = (label, value, step) => {
  const field = make('label', label)
  const input = make('input')
  Object.assign(input, { type: 'number', min: 0, step, value })
  field.append(input)
  return [field, input]
}

async function call(method, path, body) {
  const response = await fetch('/control' + path, {
    method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.message)
  return answer
}

const attempt = work => async () => {
  try {
    await work()
    at('problem').hidden = true
    await refresh()
  } catch (error) {
    at('problem').textContent = error.message
    at('problem').hidden = false
  }
}

async function refresh() {
  const now = await call('GET', '/overview')
  at('merchant').textContent = `${now.merchant} · shortcode ${now.shortcode}`
  at('phones').replaceChildren(...now.phones.map(phone => {
    const link = make('a', phone.msisdn)
    link.href = '/phones/' + phone.msisdn
    link.target = '_blank'
    const number = make('td')
    number.append(link)
    const state = phone.is_locked ? 'locked' : phone.prompt ? 'prompt' : ''
    return row(number, make('td', phone.name, 'wide'), make('td', money(phone.balance_cents), 'amount'), make('td', state, 'quiet'))
  }))
  const sum = make('td', money(now.books.accounts_sum_cents), 'amount ' + (now.books.accounts_sum_cents ? 'failed' : 'completed'))
  at('accounts').replaceChildren(
    ...now.books.accounts.filter(account => account.kind !== 'wallet')
      .map(account => row(make('td', account.kind.replace('_', ' ')), make('td', money(account.balance_cents), 'amount'))),
    row(make('td', 'all accounts, wallets included'), sum),
  )
  at('transactions').replaceChildren(...now.transactions.map(transaction => {
    const line = row(
      make('td', transaction.number), make('td', transaction.kind), make('td', transaction.msisdn),
      make('td', money(transaction.amount_cents), 'amount'), make('td', transaction.reference, 'wide'),
      make('td', transaction.result_code === null ? 'open' : `${transaction.state} ${transaction.result_code}`, transaction.state),
      make('td', transaction.receipt ?? ''),
    )
    line.dataset.number = transaction.number
    line.onclick = attempt(() => showTransaction(transaction.number))
    return line
  }))
  return now
}

async function showTransaction(number) {
  const { history, callbacks } = await call('GET', `/transactions/${number}`)
  const events = history.map(event => `${new Date(event.at_ms).toISOString()}  ${event.what}  ${event.detail}`)
  const sent = callbacks.map(callback => `${callback.kind} ${callback.state} ${callback.answer ?? ''} → ${callback.url}\n${callback.body}`)
  at('detail').textContent = [`No. ${number}`, ...events, ...sent].join('\n')
  at('detail').hidden = false
}

const switches = {}
const shares = {}

function buildForms(now) {
  at('seed').value = now.switchboard.seed
  at('switches').replaceChildren(...Object.entries(now.switchboard.faults).map(([name, { setting, about }]) => {
    const line = make('div', '', 'switch')
    const text = make('div')
    text.append(make('b', name.replaceAll('_', ' ')), make('p', `${about.strikes}: ${about.does}`))
    const [probabilityField, probability] = amountField('chance', setting.probability ?? 0, 0.01)
    const [countField, count] = amountField('next', setting.count ?? 0, 1)
    const [delayField, delay] = amountField('seconds', setting.delay_s ?? about.delay_s ?? '', 0.1)
    probability.max = 1
    delayField.hidden = about.delay_s === null
    line.append(text, probabilityField, countField, delayField)
    const mark = () => line.classList.toggle('on', Number(probability.value) > 0 || Number(count.value) > 0)
    line.oninput = mark
    mark()
    switches[name] = { probability, count, delay: about.delay_s === null ? null : delay }
    return line
  }))
  at('auto-answer').replaceChildren(...SHARES.map(name => {
    const [field, input] = amountField(name.replace('_', ' '), now.auto_answer[name] ?? 0, 0.05)
    shares[name] = input
    return field
  }))
  const button = make('button', 'Set', 'primary')
  button.onclick = attempt(() => call('PUT', '/auto-answer', Object.fromEntries(SHARES.map(name => [name, Number(shares[name].value)]))))
  at('auto-answer').append(button)
}

async function setFaults(seed, faults) {
  await call('PUT', '/faults', { seed, faults })
  buildForms(await refresh())
}

function chosenFaults() {
  const chosen = {}
  for (const [name, { probability, count, delay }] of Object.entries(switches)) {
    const setting = { probability: Number(probability.value), count: Number(count.value) }
    if (delay && delay.value !== '') setting.delay_s = Number(delay.value)
    if (setting.probability || setting.count) chosen[name] = setting
  }
  return chosen
}

at('set-faults').onclick = attempt(() => setFaults(Number(at('seed').value), chosenFaults()))
at('clear-faults').onclick = attempt(() => setFaults(Number(at('seed').value), {}))
at('deposit').onclick = attempt(() => call('POST', '/deposits', { to: at('deposit-to').value, amount_cents: cents('deposit-amount') }))
at('make-phone').onclick = attempt(() => call('POST', '/phones', {
  msisdn: at('new-msisdn').value, name: at('new-name').value, balance_cents: cents('new-balance'),
}))
at('reset').onclick = attempt(async () => {
  if (!confirm('Forget all phones, money, transactions and faults?')) return
  await call('POST', '/reset')
  buildForms(await refresh())
})
attempt(async () => buildForms(await refresh()))()
setInterval(() => refresh().catch(() => { at('merchant').textContent = 'The simulator does not answer.' }), REFRESH_MS)
